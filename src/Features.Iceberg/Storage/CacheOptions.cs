namespace Features.Iceberg.Storage;

/// <summary>A cache of remote objects on this machine's disk.</summary>
/// <param name="Folder">Its folder, made if it is missing. Several processes may share it, if they read the same stores with the same rights.</param>
public sealed record CacheOptions(string Folder)
{
    /// <summary>What it may hold, in bytes: 10 GiB. It holds more only while files are leased that are together larger.</summary>
    public long BudgetBytes { get; init; } = 10L << 30;

    /// <summary>The largest object, in bytes, that a stream over it brings whole into the cache: 32 MiB. Of a larger one only the ranges that are asked for are read, and not kept, unless it was fetched as a file.</summary>
    public long LargestWholeReadBytes { get; init; } = 32 << 20;

    /// <summary>What tells equal locations of different stores apart in a shared folder, such as the endpoint; empty if there is one store.</summary>
    public string Store { get; init; } = "";
}
