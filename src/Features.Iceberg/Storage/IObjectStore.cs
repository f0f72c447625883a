namespace Features.Iceberg.Storage;

/// <summary>Objects by location (a URI or an absolute local path). Conformance suite: <c>ObjectStoreConformance</c>.</summary>
public interface IObjectStore
{
    /// <summary>Opens an object for reading at any position. The caller disposes the stream, which is seekable.</summary>
    /// <exception cref="NotFoundException">There is no such object.</exception>
    /// <exception cref="StorageException">The store refused or failed.</exception>
    Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken);

    /// <summary>Starts an object that becomes visible, whole, only when <see cref="ObjectWriter.CompleteAsync"/> returns; disposing without completing leaves nothing behind.</summary>
    /// <exception cref="AlreadyExistsException">On completion: the object exists already.</exception>
    /// <exception cref="StorageException">The store refused or failed (for example: the disk is full).</exception>
    Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken);

    /// <summary>What is known of an object; null if it does not exist.</summary>
    Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken);

    /// <summary>All objects below a prefix (by path segment), in no order.</summary>
    IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes an object; true if it existed.</summary>
    Task<bool> DeleteAsync(string location, CancellationToken cancellationToken);
}

/// <summary>What a store knows of an object: <paramref name="Length"/> in bytes, last change in UTC.</summary>
public sealed record ObjectInfo(string Location, long Length, DateTimeOffset LastModified);
