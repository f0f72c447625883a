using System.Net;
using System.Runtime.CompilerServices;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Features.Iceberg.Storage;

namespace Features.Iceberg.S3;

/// <summary>
/// Objects of S3 and its look-alikes: <c>s3://bucket/key</c> (s3a and s3n mean the same). Reads are ranged and see one version of the object; writes are conditional, so that no object
/// is ever replaced, and are sent in parts while they are made. Requests are retried by the SDK; what still fails says whether it may pass. Dispose it when no stream or writer of it is in use.
/// </summary>
public sealed class S3ObjectStore : IObjectStore, IDisposable
{
    private readonly AmazonS3Client client;
    private readonly S3Writes writes;

    /// <summary>Opens the store; nothing is sent yet.</summary>
    public S3ObjectStore(S3StoreOptions options)
    {
        var endpoint = options.Endpoint?.AbsoluteUri ?? Variable("AWS_ENDPOINT_URL_S3") ?? Variable("AWS_ENDPOINT_URL");
        var config = new AmazonS3Config { RetryMode = RequestRetryMode.Standard, MaxErrorRetry = options.MaxRetries, ForcePathStyle = options.PathStyleAccess ?? endpoint is not null };
        if (endpoint is not null)
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = options.Region ?? Variable("AWS_REGION") ?? "us-east-1";
            // Look-alikes do not know the newer checksums; where one is required, one is sent.
            config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
            config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        }
        else if (options.Region is { } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        AWSCredentials? credentials = options switch
        {
            { AccessKeyId: { } id, SecretAccessKey: { } secret, SessionToken: { } token } => new SessionAWSCredentials(id, secret, token),
            { AccessKeyId: { } id, SecretAccessKey: { } secret } => new BasicAWSCredentials(id, secret),
            _ => null,
        };
        try
        {
            client = credentials is null ? new AmazonS3Client(config) : new AmazonS3Client(credentials, config);
        }
        catch (AmazonClientException e)
        {
            throw new InvalidTableArgumentException($"S3 cannot be reached: {e.Message}; set s3.region, or AWS_REGION");
        }

        writes = new S3Writes(client, options, isLookAlike: endpoint is not null);
    }

    /// <summary>Opens the store that properties by Iceberg's names describe; see <see cref="S3StoreOptions.FromProperties"/>.</summary>
    /// <exception cref="InvalidTableArgumentException">A property has a value that it cannot take.</exception>
    public static S3ObjectStore FromProperties(IReadOnlyDictionary<string, string> properties) => new(S3StoreOptions.FromProperties(properties));

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        var address = S3Address.Parse(location);
        try
        {
            // The end first: it says the length, and holds a Parquet file's footer or the whole of a small object.
            var request = new GetObjectRequest
            {
                BucketName = address.Bucket,
                Key = address.Key,
                ByteRange = new ByteRange($"bytes=-{RangedReadStream.SmallestWindowBytes}"),
            };
            using var end = await client.GetObjectAsync(request, cancellationToken).ConfigureAwait(false);
            var bytes = new byte[end.ContentLength];
            await end.ResponseStream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            var length = LengthOf(end.ContentRange) ?? bytes.Length;
            return new RangedReadStream(length, (offset, buffer, token) => ReadRangeAsync(location, address, end.ETag, offset, buffer, token), bytes, length - bytes.Length);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // An empty object has no end.
            return new RangedReadStream(0, (_, _, _) => Task.CompletedTask);
        }
        catch (Exception e) when (IsFault(e, cancellationToken))
        {
            throw S3Fault.Of(location, e);
        }
    }

    /// <inheritdoc/>
    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<ObjectWriter>(new S3ObjectWriter(writes, location));
    }

    /// <inheritdoc/>
    public async Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken)
    {
        var address = S3Address.Parse(location);
        try
        {
            var found = await client.GetObjectMetadataAsync(address.Bucket, address.Key, cancellationToken).ConfigureAwait(false);
            return new ObjectInfo(location, found.ContentLength, found.LastModified is { } modified ? new DateTimeOffset(modified.ToUniversalTime()) : default);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
        catch (Exception e) when (IsFault(e, cancellationToken))
        {
            throw S3Fault.Of(location, e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var address = S3Address.Parse(prefix);
        var below = address.Key.TrimEnd('/') is { Length: > 0 } key ? key + "/" : "";
        var request = new ListObjectsV2Request { BucketName = address.Bucket, Prefix = below };
        do
        {
            ListObjectsV2Response page;
            try
            {
                page = await client.ListObjectsV2Async(request, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsFault(e, cancellationToken))
            {
                throw S3Fault.Of(prefix, e);
            }

            // A key that ends in a slash is a folder that some console made.
            foreach (var found in (page.S3Objects ?? []).Where(o => o.Key.Length > below.Length && !o.Key.EndsWith('/')))
            {
                yield return new ObjectInfo(
                    Location.Combine(prefix, found.Key[below.Length..]), found.Size ?? 0, found.LastModified is { } modified ? new DateTimeOffset(modified.ToUniversalTime()) : default);
            }

            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string location, CancellationToken cancellationToken)
    {
        // S3 does not say whether there was anything to delete.
        var existed = await StatAsync(location, cancellationToken).ConfigureAwait(false) is not null;
        var address = S3Address.Parse(location);
        try
        {
            await client.DeleteObjectAsync(address.Bucket, address.Key, cancellationToken).ConfigureAwait(false);
            return existed;
        }
        catch (Exception e) when (IsFault(e, cancellationToken))
        {
            throw S3Fault.Of(location, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    /// <summary>Whether an exception is the store's fault rather than the caller's wish.</summary>
    internal static bool IsFault(Exception e, CancellationToken cancellationToken) => e is not OperationCanceledException || !cancellationToken.IsCancellationRequested;

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    // bytes 100-199/1000
    private static long? LengthOf(string? contentRange) =>
        contentRange is not null && long.TryParse(contentRange.AsSpan(contentRange.LastIndexOf('/') + 1), System.Globalization.CultureInfo.InvariantCulture, out var length) ? length : null;

    private async Task ReadRangeAsync(string location, S3Address address, string etag, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var request = new GetObjectRequest
            {
                BucketName = address.Bucket,
                Key = address.Key,
                EtagToMatch = etag,
                ByteRange = new ByteRange(offset, offset + buffer.Length - 1),
            };
            using var range = await client.GetObjectAsync(request, cancellationToken).ConfigureAwait(false);
            if (range.HttpStatusCode != HttpStatusCode.PartialContent)
            {
                throw new StorageException(location, "the store ignores ranges", "read from a store that keeps to them", false);
            }

            await range.ResponseStream.ReadExactlyAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFault(e, cancellationToken))
        {
            throw S3Fault.Of(location, e);
        }
    }
}
