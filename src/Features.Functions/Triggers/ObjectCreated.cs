namespace Features.Functions.Triggers;

/// <summary>"An object was created", whoever said so: what every storage notification is made into (<c>schemas/events</c>).</summary>
public sealed record ObjectCreated
{
    /// <summary>Who says so: the CloudEvents <c>source</c>, or what stands for it.</summary>
    public required string Source { get; init; }

    /// <summary>The notification's id within its source.</summary>
    public required string Id { get; init; }

    /// <summary><c>local</c>, <c>azure</c>, <c>s3</c> or <c>gcs</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The object: a path or <c>file:</c> URI, <c>s3://bucket/key</c>, <c>gs://bucket/key</c>, <c>https://account.blob…/container/key</c>.</summary>
    public required string Location { get; init; }

    /// <summary>Which version of it (etag, or version, or generation); null if the notification does not say.</summary>
    public string? ETag { get; init; }

    /// <summary>Its size in bytes; null if the notification does not say.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>The store's order of changes to one object, compared as text; null if it has none.</summary>
    public string? Sequencer { get; init; }
}
