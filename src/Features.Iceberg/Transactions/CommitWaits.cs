using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>How often something is tried again, how long it waits before (doubling, with jitter so that rivals do not meet again), and when it is given up.</summary>
internal sealed record CommitWaits(int Retries, long MinMs, long MaxMs, long TotalMs, int Seed)
{
    /// <summary>Of commits that another writer beat: <c>commit.retry.*</c>.</summary>
    public static CommitWaits OfRetries(TableMetadata metadata) => Of(metadata, "commit.retry", 4, 100);

    /// <summary>Of reading whether a commit took place: <c>commit.status-check.*</c>.</summary>
    public static CommitWaits OfStatusChecks(TableMetadata metadata) => Of(metadata, "commit.status-check", 3, 1000);

    /// <summary>True if there is no attempt after the given one (from 1), by number or because its wait would pass the time limit.</summary>
    public bool AreOver(int attempt, TimeSpan elapsed) => attempt > Retries || (elapsed + Before(attempt)).TotalMilliseconds > TotalMs;

    /// <summary>The wait after the given attempt (from 1): between half and the whole of the doubled minimum.</summary>
    public TimeSpan Before(int attempt)
    {
        var whole = Math.Min(MaxMs, MinMs * Math.Pow(2, attempt - 1));
#pragma warning disable CA5394 // Jitter needs no secrecy.
        var share = new Random(unchecked(Seed + attempt)).NextDouble();
#pragma warning restore CA5394
        return TimeSpan.FromMilliseconds(whole * (0.5 + (0.5 * share)));
    }

    private static CommitWaits Of(TableMetadata metadata, string prefix, int retries, int minMs) => new(
        (int)Math.Min(int.MaxValue, PropertyNumber.Of(metadata, $"{prefix}.num-retries", retries)),
        PropertyNumber.Of(metadata, $"{prefix}.min-wait-ms", minMs),
        PropertyNumber.Of(metadata, $"{prefix}.max-wait-ms", 60_000),
        PropertyNumber.Of(metadata, $"{prefix}.total-timeout-ms", 1_800_000),
        Guid.NewGuid().GetHashCode());
}
