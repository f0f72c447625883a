namespace Features.Flight.Cache;

/// <summary>A data set in the cache, as it stands at one moment.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Digest">Its content's digest.</param>
/// <param name="Rows">Rows in memory.</param>
/// <param name="Bytes">Bytes in memory.</param>
/// <param name="Readers">Streams that read it or wait for it.</param>
/// <param name="IsReady">False while it loads.</param>
public sealed record CachedDataset(string Name, string Digest, long Rows, long Bytes, int Readers, bool IsReady);
