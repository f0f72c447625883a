using System.Collections.Concurrent;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

/// <summary>Counts the streams that are opened of each object, and can hold them up or break them.</summary>
internal sealed class CountingObjectStore(IObjectStore inner) : IObjectStore
{
    public ConcurrentDictionary<string, int> Opened { get; } = new();

    public int Total => Opened.Values.Sum();

    /// <summary>Is awaited before each stream is opened.</summary>
    public Func<CancellationToken, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Bytes after which a stream ends early; null for never.</summary>
    public int? CutAt { get; set; }

    public async Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        Opened.AddOrUpdate(location, 1, (_, count) => count + 1);
        await Before(cancellationToken);
        var stream = await inner.OpenReadAsync(location, cancellationToken);
        return CutAt is { } length ? new CutStream(stream, length) : stream;
    }

    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => inner.CreateAsync(location, cancellationToken);

    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken) => inner.StatAsync(location, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken) => inner.DeleteAsync(location, cancellationToken);

    /// <summary>Says its whole length and gives fewer bytes.</summary>
    private sealed class CutStream(Stream inner, int length) : MemoryStream
    {
        public override long Length => inner.Length;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.Position >= length ? 0 : await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, length - inner.Position)], cancellationToken);
    }
}
