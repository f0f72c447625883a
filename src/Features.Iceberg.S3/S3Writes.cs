using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Features.Iceberg.Storage;

namespace Features.Iceberg.S3;

/// <summary>The requests that create objects, each under the condition that there is none; every object bears the mark of the writer that made it.</summary>
internal sealed class S3Writes(IAmazonS3 client, S3StoreOptions options, bool isLookAlike)
{
    private const string Mark = "features-writer";
    private const string NoObject = "*";
    private const int MaxConflicts = 8;

    private readonly string? condition = options.ConditionalWrites ? NoObject : null;
    private int isTried = options.ConditionalWrites && isLookAlike ? 0 : 1;

    public int PartBytes => options.PartBytes;

    public async Task PutAsync(string location, string writer, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var address = S3Address.Parse(location);
        await RefuseExistingAsync(location, cancellationToken).ConfigureAwait(false);
        for (var conflicts = 0; ; conflicts++)
        {
            try
            {
                await client.PutObjectAsync(Put(address, writer, bytes), cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.PreconditionFailed)
            {
                await RefuseUnlessOursAsync(location, address, writer, cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.Conflict && conflicts < MaxConflicts)
            {
                // Two writers at once: S3 asks to repeat, and then one of them is refused.
            }
            catch (Exception e) when (S3ObjectStore.IsFault(e, cancellationToken))
            {
                throw S3Fault.Of(location, e);
            }
        }

        if (Interlocked.Exchange(ref isTried, 1) == 0)
        {
            await TryConditionAsync(location, address, Put(address, writer, bytes), cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<string> StartAsync(string location, string writer, CancellationToken cancellationToken)
    {
        var address = S3Address.Parse(location);
        try
        {
            var request = new InitiateMultipartUploadRequest { BucketName = address.Bucket, Key = address.Key };
            request.Metadata[Mark] = writer;
            return (await client.InitiateMultipartUploadAsync(request, cancellationToken).ConfigureAwait(false)).UploadId;
        }
        catch (Exception e) when (S3ObjectStore.IsFault(e, cancellationToken))
        {
            throw S3Fault.Of(location, e);
        }
    }

    public async Task<PartETag> PutPartAsync(string location, string upload, int number, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var address = S3Address.Parse(location);
        try
        {
            var request = new UploadPartRequest
            {
                BucketName = address.Bucket,
                Key = address.Key,
                UploadId = upload,
                PartNumber = number,
                InputStream = BlockObjectWriter.StreamOf(bytes),
                PartSize = bytes.Length,
                UseChunkEncoding = !isLookAlike,
            };
            return new PartETag(number, (await client.UploadPartAsync(request, cancellationToken).ConfigureAwait(false)).ETag);
        }
        catch (Exception e) when (S3ObjectStore.IsFault(e, cancellationToken))
        {
            throw S3Fault.Of(location, e);
        }
    }

    public async Task CompleteAsync(string location, string upload, string writer, IEnumerable<PartETag> parts, CancellationToken cancellationToken)
    {
        var address = S3Address.Parse(location);
        await RefuseExistingAsync(location, cancellationToken).ConfigureAwait(false);
        try
        {
            var request = new CompleteMultipartUploadRequest
            {
                BucketName = address.Bucket,
                Key = address.Key,
                UploadId = upload,
                PartETags = [.. parts.OrderBy(part => part.PartNumber)],
                IfNoneMatch = condition,
            };
            await client.CompleteMultipartUploadAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.PreconditionFailed || e.ErrorCode == "NoSuchUpload")
        {
            // The upload is also gone when a first answer was lost and the SDK asked again.
            await RefuseUnlessOursAsync(location, address, writer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (S3ObjectStore.IsFault(e, cancellationToken))
        {
            throw S3Fault.Of(location, e);
        }
    }

    public async Task AbortAsync(string location, string upload)
    {
        var address = S3Address.Parse(location);
        try
        {
            await client.AbortMultipartUploadAsync(address.Bucket, address.Key, upload).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } || S3Fault.Of(location, e).IsTransient)
        {
            // It is gone; or the store is, and then its rule for unfinished uploads takes the parts away.
        }
    }

    private static AlreadyExistsException Exists(string location) => new("file", location, "choose another name; objects are never replaced");

    private PutObjectRequest Put(S3Address address, string writer, ReadOnlyMemory<byte> bytes)
    {
        var request = new PutObjectRequest
        {
            BucketName = address.Bucket,
            Key = address.Key,
            IfNoneMatch = condition,
            InputStream = BlockObjectWriter.StreamOf(bytes),
            UseChunkEncoding = !isLookAlike,
        };
        request.Metadata[Mark] = writer;
        return request;
    }

    private async Task RefuseExistingAsync(string location, CancellationToken cancellationToken)
    {
        if (condition is not null)
        {
            return;
        }

        var address = S3Address.Parse(location);
        try
        {
            await client.GetObjectMetadataAsync(address.Bucket, address.Key, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return;
        }
        catch (Exception e) when (S3ObjectStore.IsFault(e, cancellationToken))
        {
            throw S3Fault.Of(location, e);
        }

        throw Exists(location);
    }

    /// <summary>A request that was repeated because its answer was lost meets the object that it made.</summary>
    private async Task RefuseUnlessOursAsync(string location, S3Address address, string writer, CancellationToken cancellationToken)
    {
        try
        {
            var found = await client.GetObjectMetadataAsync(address.Bucket, address.Key, cancellationToken).ConfigureAwait(false);
            if (found.Metadata[Mark] != writer)
            {
                throw Exists(location);
            }
        }
        catch (Exception e) when (S3ObjectStore.IsFault(e, cancellationToken) && e is not AlreadyExistsException)
        {
            throw S3Fault.Of(location, e);
        }
    }

    /// <summary>Writes the same object again: a store that keeps conditions refuses it, and one that does not has changed nothing.</summary>
    private async Task TryConditionAsync(string location, S3Address address, PutObjectRequest again, CancellationToken cancellationToken)
    {
        try
        {
            await client.PutObjectAsync(again, cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict)
        {
            return;
        }
        catch (Exception e) when (S3ObjectStore.IsFault(e, cancellationToken))
        {
            // Not known; the next object asks again.
            isTried = 0;
            return;
        }

        isTried = 0;
        await client.DeleteObjectAsync(address.Bucket, address.Key, cancellationToken).ConfigureAwait(false);
        throw new StorageException(
            location, "the store ignores 'If-None-Match: *', so that two writers can overwrite each other unseen",
            "use a store that keeps it, or set s3.conditional-writes to false and let no two processes write at once", false);
    }
}
