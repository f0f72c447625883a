using Features.Iceberg.Storage;

namespace Features.Iceberg.S3;

/// <summary>Where an object lies: the location's own characters, never decoded, because keys are no URLs.</summary>
internal readonly record struct S3Address(string Bucket, string Key)
{
    public static S3Address Parse(string location)
    {
        if (Location.SchemeOf(location) is not ("s3" or "s3a" or "s3n") || location.IndexOf("://", StringComparison.Ordinal) is not (> 0 and var colon))
        {
            throw new StorageException(location, "it is no S3 location", "give s3://bucket/key", false);
        }

        var rest = location[(colon + 3)..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (bucket, key) = slash < 0 ? (rest, "") : (rest[..slash], rest[(slash + 1)..]);
        if (key.Split('/').Any(segment => segment is "." or ".."))
        {
            throw new StorageException(location, "it holds '.' or '..', which HTTP clients rewrite on the way", "give the key as it is stored", false);
        }

        return bucket.Length > 0 && bucket.AsSpan().IndexOfAnyExcept(BucketCharacters) < 0 ? new S3Address(bucket, key)
            : throw new StorageException(location, $"'{bucket}' is no name of a bucket", "give s3://bucket/key", false);
    }

    private static readonly System.Buffers.SearchValues<char> BucketCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
}
