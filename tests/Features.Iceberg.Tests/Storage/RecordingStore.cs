using System.Collections.Concurrent;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

/// <summary>Notes which objects are read, made and deleted.</summary>
internal sealed class RecordingStore(IObjectStore inner) : IObjectStore
{
    public ConcurrentQueue<string> Read { get; } = [];

    public ConcurrentQueue<string> Created { get; } = [];

    public ConcurrentQueue<string> Deleted { get; } = [];

    /// <summary>Called before each removal; may throw.</summary>
    public Action<string> Deleting { get; set; } = _ => { };

    public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        Read.Enqueue(location);
        return inner.OpenReadAsync(location, cancellationToken);
    }

    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        Created.Enqueue(location);
        return inner.CreateAsync(location, cancellationToken);
    }

    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken) => inner.StatAsync(location, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken)
    {
        Deleted.Enqueue(location);
        Deleting(location);
        return inner.DeleteAsync(location, cancellationToken);
    }
}
