using Features.Flight.Layout;

namespace Features.Flight.Cache;

/// <summary>A data set in the cache, as it stands at one moment.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Digest">Its content's digest.</param>
/// <param name="Rows">Rows loaded.</param>
/// <param name="Bytes">Bytes that it takes, in memory and spilled.</param>
/// <param name="Readers">Streams that read it or wait for it.</param>
/// <param name="IsReady">False while it loads.</param>
public sealed record CachedDataset(string Name, string Digest, long Rows, long Bytes, int Readers, bool IsReady)
{
    /// <summary>What it is, and how it is laid out.</summary>
    public required StorePlan Plan { get; init; }

    /// <summary>The leases and pins on it.</summary>
    public CacheHolds Holds { get; init; }

    /// <summary>Those of <see cref="Bytes"/> that lie in files of the spill folder.</summary>
    public long SpilledBytes { get; init; }

    /// <summary>Until when leases hold it; null if none does, <see cref="DateTimeOffset.MaxValue"/> if it is pinned.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>The tenants whose use keeps it, and who are charged for it.</summary>
    public IReadOnlyList<string> Tenants { get; init; } = [];

    /// <summary>True if it is kept until it is unpinned.</summary>
    public bool IsPinned => HeldUntil == DateTimeOffset.MaxValue;
}
