using System.Globalization;

namespace Features.Iceberg.S3;

/// <summary>How S3, or a look-alike, is reached. What is null comes from where the AWS SDK finds it: environment, profile, container or machine role.</summary>
public sealed record S3StoreOptions
{
    /// <summary>The length of an upload's parts, in bytes, and so of the largest object that is sent in one request: 8 MiB. Between 5 MiB and 1 GiB; an object has at most 10,000 parts.</summary>
    public int PartBytes { get; init; } = 8 << 20;

    /// <summary>A look-alike's URL; null for <c>AWS_ENDPOINT_URL_S3</c>, <c>AWS_ENDPOINT_URL</c>, or else AWS itself.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The region; null for the SDK's, or with an endpoint <c>us-east-1</c>.</summary>
    public string? Region { get; init; }

    /// <summary>The access key's id; null for the SDK's chain.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>The access key's secret; needed with <see cref="AccessKeyId"/>.</summary>
    public string? SecretAccessKey { get; init; }

    /// <summary>The token of temporary credentials; null for lasting ones.</summary>
    public string? SessionToken { get; init; }

    /// <summary>Whether the bucket stands in the URL's path; null for yes with an endpoint and no without.</summary>
    public bool? PathStyleAccess { get; init; }

    /// <summary>
    /// Whether the store keeps <c>If-None-Match: *</c> (AWS, MinIO, R2 and others do): true by default, and with an endpoint it is tried once on the first object written. False for a
    /// look-alike that ignores it: the store then looks whether the object exists before it writes, and two writers at the same instant may both succeed.
    /// </summary>
    public bool ConditionalWrites { get; init; } = true;

    /// <summary>How often a request that failed for a passing reason is repeated: 4 times, with growing waits.</summary>
    public int MaxRetries { get; init; } = 4;

    /// <summary>
    /// Options from Iceberg's property names, as a catalog or a configuration gives them: <c>s3.endpoint</c>, <c>s3.region</c> or <c>client.region</c>, <c>s3.access-key-id</c>,
    /// <c>s3.secret-access-key</c>, <c>s3.session-token</c>, <c>s3.path-style-access</c>, <c>s3.conditional-writes</c>, <c>s3.multipart.part-size-bytes</c>, <c>s3.retry.num-retries</c>. Others are ignored.
    /// </summary>
    /// <exception cref="InvalidTableArgumentException">A value is not what its property takes, or one key stands without the other.</exception>
    public static S3StoreOptions FromProperties(IReadOnlyDictionary<string, string> properties)
    {
        var defaults = new S3StoreOptions();
        var options = new S3StoreOptions
        {
            Endpoint = Text("s3.endpoint") is not { } endpoint ? null
                : Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri
                : throw new InvalidTableArgumentException($"s3.endpoint is '{endpoint}': give an http or https URL"),
            Region = Text("s3.region") ?? Text("client.region"),
            AccessKeyId = Text("s3.access-key-id"),
            SecretAccessKey = Text("s3.secret-access-key"),
            SessionToken = Text("s3.session-token"),
            PathStyleAccess = Truth("s3.path-style-access"),
            ConditionalWrites = Truth("s3.conditional-writes") ?? true,
            PartBytes = Whole("s3.multipart.part-size-bytes", 5 << 20, 1 << 30) ?? defaults.PartBytes,
            MaxRetries = Whole("s3.retry.num-retries", 0, 100) ?? defaults.MaxRetries,
        };
        return (options.AccessKeyId is null) == (options.SecretAccessKey is null) ? options : throw new InvalidTableArgumentException(
            "s3.access-key-id and s3.secret-access-key belong together: give both, or none for the SDK's own chain");

        string? Text(string name) => properties.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

        bool? Truth(string name) => Text(name) is not { } text ? null
            : bool.TryParse(text, out var value) ? value
            : throw new InvalidTableArgumentException($"{name} is '{text}': give true or false");

        int? Whole(string name, int least, int most) => Text(name) is not { } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value
            : throw new InvalidTableArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}': give a whole number from {least} to {most}"));
    }

    /// <summary>Without its secrets.</summary>
    public override string ToString() => $"S3StoreOptions {{ Endpoint = {Endpoint}, Region = {Region}, AccessKeyId = {AccessKeyId} }}";
}
