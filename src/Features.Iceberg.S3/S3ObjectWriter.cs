using System.Collections.Concurrent;
using Amazon.S3.Model;
using Features.Iceberg.Storage;

namespace Features.Iceberg.S3;

/// <summary>Sends an object in one request, or as a multipart upload that its first part starts.</summary>
internal sealed class S3ObjectWriter(S3Writes writes, string location) : BlockObjectWriter(writes.PartBytes)
{
    private const int MaxParts = 10_000;

    private readonly string writer = Guid.NewGuid().ToString("N");
    private readonly ConcurrentBag<PartETag> parts = [];
    private readonly SemaphoreSlim starting = new(1, 1);
    private string? upload;

    protected override Task PutAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => writes.PutAsync(location, writer, bytes, cancellationToken);

    protected override async Task PutBlockAsync(int number, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (number > MaxParts)
        {
            throw new StorageException(location, $"it has more than {MaxParts} parts", "write smaller files, or set s3.multipart.part-size-bytes higher", false);
        }

        var to = upload ?? await StartAsync(cancellationToken).ConfigureAwait(false);
        parts.Add(await writes.PutPartAsync(location, to, number, bytes, cancellationToken).ConfigureAwait(false));
    }

    protected override Task CommitAsync(int count, CancellationToken cancellationToken) => writes.CompleteAsync(location, upload!, writer, parts, cancellationToken);

    protected override Task AbortAsync() => upload is null ? Task.CompletedTask : writes.AbortAsync(location, upload);

    private async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        await starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return upload ??= await writes.StartAsync(location, writer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            starting.Release();
        }
    }
}
