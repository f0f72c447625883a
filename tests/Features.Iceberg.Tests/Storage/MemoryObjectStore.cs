using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

/// <summary>Objects in memory, for tests; held to the same conformance suite as the real stores.</summary>
internal sealed class MemoryObjectStore : IObjectStore
{
    private readonly ConcurrentDictionary<string, byte[]> objects = new();

    public byte[] Bytes(string location) => objects[location];

    public void Put(string location, byte[] bytes) => objects[location] = bytes;

    public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested ? Task.FromCanceled<Stream>(cancellationToken)
        : objects.TryGetValue(location, out var bytes) ? Task.FromResult<Stream>(new MemoryStream(bytes, writable: false))
        : throw new NotFoundException("file", location, "write it first");

    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => Task.FromResult<ObjectWriter>(new Writer(this, location));

    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested ? Task.FromCanceled<ObjectInfo?>(cancellationToken) :
        Task.FromResult(objects.TryGetValue(location, out var bytes) ? new ObjectInfo(location, bytes.Length, DateTimeOffset.UnixEpoch) : null);

    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (location, bytes) in objects.Where(o => o.Key.StartsWith(prefix.TrimEnd('/') + "/", StringComparison.Ordinal)))
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return new ObjectInfo(location, bytes.Length, DateTimeOffset.UnixEpoch);
        }
    }

    public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Task.FromCanceled<bool>(cancellationToken) : Task.FromResult(objects.TryRemove(location, out _));

    private sealed class Writer(MemoryObjectStore store, string location) : ObjectWriter
    {
        private readonly MemoryStream stream = new();

        public override Stream Stream => stream;

        public override Task<long> CompleteAsync(CancellationToken cancellationToken) => cancellationToken.IsCancellationRequested ? Task.FromCanceled<long>(cancellationToken)
            : store.objects.TryAdd(location, stream.ToArray()) ? Task.FromResult(stream.Length)
            : throw new AlreadyExistsException("file", location, "choose another name");

        public override ValueTask DisposeAsync() => stream.DisposeAsync();
    }
}
