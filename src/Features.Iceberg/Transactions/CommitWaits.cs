using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>How often a commit is tried again and how long it waits before: doubling, with jitter so that rivals do not meet again.</summary>
internal sealed record CommitWaits(int Retries, long MinMs, long MaxMs, int Seed)
{
    public static CommitWaits Of(TableMetadata metadata) => new(
        (int)Number(metadata, "commit.retry.num-retries", 4),
        Number(metadata, "commit.retry.min-wait-ms", 100),
        Number(metadata, "commit.retry.max-wait-ms", 60_000),
        Guid.NewGuid().GetHashCode());

    /// <summary>The wait after the given attempt (from 1): between half and the whole of the doubled minimum.</summary>
    public TimeSpan Before(int attempt)
    {
        var whole = Math.Min(MaxMs, MinMs * Math.Pow(2, attempt - 1));
#pragma warning disable CA5394 // Jitter needs no secrecy.
        var share = new Random(unchecked(Seed + attempt)).NextDouble();
#pragma warning restore CA5394
        return TimeSpan.FromMilliseconds(whole * (0.5 + (0.5 * share)));
    }

    private static long Number(TableMetadata metadata, string property, long otherwise) =>
        long.TryParse(metadata.Properties.GetValueOrDefault(property), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
