using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

/// <summary>Fails to delete anything, as a store does that writers may add to only.</summary>
internal sealed class UndeletingStore(IObjectStore inner) : IObjectStore
{
    public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken) => inner.OpenReadAsync(location, cancellationToken);

    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => inner.CreateAsync(location, cancellationToken);

    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken) => inner.StatAsync(location, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken) => throw new StorageException(location, "access is denied", "allow it", false);
}
