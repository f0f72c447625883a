namespace Features.Core.Online;

/// <summary>
/// Bytes by key, for one workspace: what online answers are read from. Keys are ordered as bytes. Several processes may use one store. Adapter: <c>SqliteOnlineStore</c>; conformance suite: <c>OnlineStoreConformance</c>.
/// </summary>
public interface IOnlineStore : IAsyncDisposable
{
    /// <summary>The values of keys, in their order, of one state of the store; null where there is none.</summary>
    ValueTask<IReadOnlyList<ReadOnlyMemory<byte>?>> GetAsync(IReadOnlyList<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken);

    /// <summary>
    /// Changes the values of keys in one durable step that no other writer interleaves with: <paramref name="change"/> gets the present values and returns the new ones, null to remove; it may be called again, so it is pure.
    /// </summary>
    Task UpdateAsync(IReadOnlyList<ReadOnlyMemory<byte>> keys, Func<IReadOnlyList<ReadOnlyMemory<byte>?>, IReadOnlyList<ReadOnlyMemory<byte>?>> change, CancellationToken cancellationToken);

    /// <summary>Keys that begin with a prefix, and their values, in the order of keys; what is written meanwhile may or may not be among them.</summary>
    IAsyncEnumerable<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> ScanAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken);

    /// <summary>Removes the keys that begin with a prefix, in as many steps as it takes.</summary>
    Task RemoveAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken);
}
