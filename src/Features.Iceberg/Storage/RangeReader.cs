namespace Features.Iceberg.Storage;

/// <summary>Reads one range of a remote object: fills <paramref name="buffer"/> whole with the bytes from <paramref name="offset"/> on. Called by several threads at once.</summary>
/// <exception cref="StorageException">The store refused or failed, or the object changed since it was opened.</exception>
public delegate Task RangeReader(long offset, Memory<byte> buffer, CancellationToken cancellationToken);
