using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Azure;

/// <summary>
/// Objects of Azure Blob Storage and ADLS, as block blobs: <c>abfss://container@account.dfs.core.windows.net/path</c> (abfs, wasb and wasbs mean the same; TLS is always used) and
/// <c>https://account.blob.core.windows.net/container/path</c>. Reads are ranged and see one version of the object; writes stage blocks and commit them on the condition that there is
/// no object, so that none is ever replaced. Requests are retried by the SDK; what still fails says whether it may pass.
/// </summary>
public sealed class AzureObjectStore(AzureStoreOptions options) : IObjectStore
{
    // Set by ADLS on the blobs that stand for its folders.
    private const string FolderMark = "hdi_isfolder";

    private readonly AzureAccounts accounts = new(options);

    /// <summary>Opens the store that properties by Iceberg's names describe; see <see cref="AzureStoreOptions.FromProperties"/>.</summary>
    /// <exception cref="InvalidTableArgumentException">A property has a value that it cannot take.</exception>
    public static AzureObjectStore FromProperties(IReadOnlyDictionary<string, string> properties) => new(AzureStoreOptions.FromProperties(properties));

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        var blob = BlobOf(location);
        try
        {
            // Azure serves no range that counts from the end, so a Parquet file's length is asked for first, and its footer on the first read. Other files are read from the start.
            if (location.EndsWith(".parquet", StringComparison.Ordinal))
            {
                var found = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value;
                return new RangedReadStream(found.ContentLength, (offset, buffer, token) => ReadRangeAsync(location, blob, found.ETag, offset, buffer, token));
            }

            var (bytes, length, etag) = await ReadStartAsync(blob, cancellationToken).ConfigureAwait(false);
            return new RangedReadStream(length, (offset, buffer, token) => ReadRangeAsync(location, blob, etag, offset, buffer, token), bytes);
        }
        catch (RequestFailedException e) when (e.Status == 416)
        {
            // An empty object has no range.
            return new RangedReadStream(0, (_, _, _) => Task.CompletedTask);
        }
        catch (Exception e) when (IsFault(e, cancellationToken))
        {
            throw AzureFault.Of(location, e);
        }
    }

    /// <inheritdoc/>
    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<ObjectWriter>(new AzureObjectWriter(BlobOf(location), location, options.BlockBytes));
    }

    /// <inheritdoc/>
    public async Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken)
    {
        var blob = BlobOf(location);
        try
        {
            var found = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value;
            return found.Metadata.ContainsKey(FolderMark) ? null : new ObjectInfo(location, found.ContentLength, found.LastModified);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
        catch (Exception e) when (IsFault(e, cancellationToken))
        {
            throw AzureFault.Of(location, e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var address = AzureAddress.Parse(prefix);
        var below = address.Name.TrimEnd('/') is { Length: > 0 } name ? name + "/" : "";
        var pages = accounts.ContainerOf(prefix, address).GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, below, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (pages.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await pages.MoveNextAsync().ConfigureAwait(false))
                    {
                        break;
                    }
                }
                catch (Exception e) when (IsFault(e, cancellationToken))
                {
                    throw AzureFault.Of(prefix, e);
                }

                if (pages.Current is var found && found.Metadata?.ContainsKey(FolderMark) != true)
                {
                    yield return new ObjectInfo(Location.Combine(prefix, found.Name[below.Length..]), found.Properties.ContentLength ?? 0, found.Properties.LastModified ?? default);
                }
            }
        }
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string location, CancellationToken cancellationToken)
    {
        try
        {
            return await BlobOf(location).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFault(e, cancellationToken))
        {
            throw AzureFault.Of(location, e);
        }
    }

    /// <summary>Whether an exception is the store's fault rather than the caller's wish.</summary>
    internal static bool IsFault(Exception e, CancellationToken cancellationToken) => e is not OperationCanceledException || !cancellationToken.IsCancellationRequested;

    private static async Task<(byte[] Bytes, long Length, ETag ETag)> ReadStartAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        var request = new BlobDownloadOptions { Range = new HttpRange(0, RangedReadStream.SmallestWindowBytes) };
        using var start = (await blob.DownloadStreamingAsync(request, cancellationToken).ConfigureAwait(false)).Value;
        var bytes = new byte[start.Details.ContentLength];
        await start.Content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        // bytes 0-65535/1000000
        var range = start.Details.ContentRange;
        var length = range is null ? bytes.Length : long.Parse(range.AsSpan(range.LastIndexOf('/') + 1), System.Globalization.CultureInfo.InvariantCulture);
        return (bytes, length, start.Details.ETag);
    }

    private static async Task ReadRangeAsync(string location, BlockBlobClient blob, ETag etag, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var request = new BlobDownloadOptions { Range = new HttpRange(offset, buffer.Length), Conditions = new BlobRequestConditions { IfMatch = etag } };
            using var range = (await blob.DownloadStreamingAsync(request, cancellationToken).ConfigureAwait(false)).Value;
            await range.Content.ReadExactlyAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFault(e, cancellationToken))
        {
            throw AzureFault.Of(location, e);
        }
    }

    private BlockBlobClient BlobOf(string location)
    {
        var address = AzureAddress.Parse(location);
        return address.Name.Length > 0 ? accounts.ContainerOf(location, address).GetBlockBlobClient(address.Name)
            : throw new StorageException(location, "it is a container, not a file", "name a file", false);
    }
}
