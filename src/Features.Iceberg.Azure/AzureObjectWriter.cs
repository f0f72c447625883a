using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Azure;

/// <summary>Sends a block blob in one request, or stages blocks and commits their list. What is staged and never committed is no blob: Azure drops it after a week.</summary>
internal sealed class AzureObjectWriter(BlockBlobClient blob, string location, int blockBytes) : BlockObjectWriter(blockBytes)
{
    private const string Mark = "features_writer";
    private const int MaxBlocks = 50_000;

    // Blocks that two writers stage for one blob lie side by side, so each writer's have names of its own.
    private readonly string writer = Guid.NewGuid().ToString("N");

    private Dictionary<string, string> Metadata => new() { [Mark] = writer };

    protected override async Task PutAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var conditions = new BlobRequestConditions { IfNoneMatch = ETag.All };
        using var stream = StreamOf(bytes);
        var refusal = await CreateAsync(() => blob.UploadAsync(stream, new BlobUploadOptions { Conditions = conditions, Metadata = Metadata }, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (refusal is not null)
        {
            // Blocks that some writer staged and never committed can stand in the way of a whole blob (in Azurite they do), and never in that of a list.
            await PutBlockAsync(1, bytes, cancellationToken).ConfigureAwait(false);
            await CommitAsync(1, cancellationToken).ConfigureAwait(false);
        }
    }

    protected override async Task PutBlockAsync(int number, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (number > MaxBlocks)
        {
            throw new StorageException(location, $"it has more than {MaxBlocks} blocks", "write smaller files", false);
        }

        try
        {
            using var stream = StreamOf(bytes);
            await blob.StageBlockAsync(BlockId(number), stream, new BlockBlobStageBlockOptions(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (AzureObjectStore.IsFault(e, cancellationToken))
        {
            throw AzureFault.Of(location, e);
        }
    }

    protected override async Task CommitAsync(int count, CancellationToken cancellationToken)
    {
        var blocks = Enumerable.Range(1, count).Select(BlockId);
        var options = new CommitBlockListOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All }, Metadata = Metadata };
        var refusal = await CreateAsync(() => blob.CommitBlockListAsync(blocks, options, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (refusal is not null)
        {
            throw AzureFault.Of(location, refusal);
        }
    }

    protected override Task AbortAsync() => Task.CompletedTask;

    /// <summary>Creates the blob by one request. Null if it stands; the refusal if it was refused although there is no blob.</summary>
    private async Task<RequestFailedException?> CreateAsync(Func<Task> request, CancellationToken cancellationToken)
    {
        try
        {
            await request().ConfigureAwait(false);
            return null;
        }
        catch (RequestFailedException e) when (e.Status == 412 || e.ErrorCode is "BlobAlreadyExists" or "InvalidBlockList")
        {
            // Another's commit drops the blocks that were staged beside its own. And a request that was repeated because its answer was lost meets the object that it made.
            return await FindWriterAsync(cancellationToken).ConfigureAwait(false) is not { } found ? e : found == writer ? null : throw AzureFault.Exists(location);
        }
        catch (Exception e) when (AzureObjectStore.IsFault(e, cancellationToken))
        {
            throw AzureFault.Of(location, e);
        }
    }

    /// <summary>Who made the blob that stands; empty for a stranger, null if there is none.</summary>
    private async Task<string?> FindWriterAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await blob.GetPropertiesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value.Metadata.TryGetValue(Mark, out var mark) ? mark : "";
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
        catch (Exception e) when (AzureObjectStore.IsFault(e, cancellationToken))
        {
            throw AzureFault.Of(location, e);
        }
    }

    private string BlockId(int number) => Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"{writer}-{number:D6}"));
}
