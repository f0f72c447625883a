using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Features.Iceberg.Storage;

namespace Features.Iceberg.S3;

/// <summary>What a failed request means, with the remedy.</summary>
internal static class S3Fault
{
    public static IcebergException Of(string location, Exception cause) => cause switch
    {
        IcebergException e => e,
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } e => Storage(location, $"the bucket '{S3Address.Parse(location).Bucket}' does not exist", "create it, or correct the location or the endpoint", false, e),
        AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } e => new NotFoundException("file", location, "check the location, and relocate it if the table was moved", e),
        AmazonS3Exception { ErrorCode: "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" or "ExpiredToken" or "TokenRefreshRequired" } e =>
            Storage(location, $"the credentials were refused ({e.ErrorCode})", "correct or renew the access key", false, e),
        AmazonS3Exception { ErrorCode: "RequestTimeTooSkewed" } e => Storage(location, "the request's time was refused", "set this machine's clock", false, e),
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } e => Storage(location, "access is denied", "give these credentials the right to it", false, e),
        AmazonS3Exception { StatusCode: HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect } e => Storage(location, "the bucket lies in another region", "set s3.region to it", false, e),
        AmazonS3Exception { StatusCode: HttpStatusCode.PreconditionFailed } e => Storage(location, "the object was replaced while it was read", "read it again", true, e),
        AmazonS3Exception { StatusCode: HttpStatusCode.Conflict } e => Storage(location, $"another request is changing it ({e.ErrorCode})", "repeat", true, e),
        AmazonS3Exception { ErrorCode: "SlowDown" or "Throttling" or "TooManyRequests" or "RequestLimitExceeded" } or AmazonS3Exception { StatusCode: HttpStatusCode.TooManyRequests } =>
            Storage(location, "the store asks to slow down", "repeat later, with fewer requests at once", true, cause),
        AmazonS3Exception e => Storage(location, $"the store answered {(int)e.StatusCode} {e.ErrorCode} ({e.Message})", "see the store's log", e.StatusCode >= HttpStatusCode.InternalServerError || e.StatusCode is 0 or HttpStatusCode.RequestTimeout, e),
        AmazonClientException e when e.InnerException is not (HttpRequestException or IOException or OperationCanceledException) =>
            Storage(location, e.Message, "give s3.access-key-id and s3.secret-access-key, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile", false, e),
        _ => Storage(location, $"the store cannot be reached ({cause.Message})", "check the endpoint and the network, then repeat", true, cause),
    };

    private static StorageException Storage(string location, string fault, string remedy, bool isTransient, Exception cause) => new(location, fault, remedy, isTransient, cause);
}
