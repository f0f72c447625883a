namespace Features.Core.Ingestion;

/// <summary>How ingestion waits, retries and names itself.</summary>
public sealed record IngestOptions
{
    /// <summary>How often a batch is tried when attempts end in an error that may pass (a full disk, a busy store) before it fails. Default 10.</summary>
    public int MaxAttempts { get; init; } = 10;

    /// <summary>The wait before a batch is tried again; doubled for each attempt up to <see cref="MaxBackOff"/>. Default 1 s.</summary>
    public TimeSpan BackOff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before a batch is tried again. Default 1 min.</summary>
    public TimeSpan MaxBackOff { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a prepared batch waits for the commits of those before it, before it is given back. Default 30 s.</summary>
    public TimeSpan TurnWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a waiting batch looks whether its turn has come. Default 50 ms.</summary>
    public TimeSpan TurnPoll { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The lease of a claimed batch, extended while it is worked on; after a crash the batch is free again when it has run out. Default 30 s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The namespace of jobs in lineage events. Default <c>features</c>.</summary>
    public string LineageNamespace { get; init; } = "features";

    /// <summary>The kind of catalog, for lineage events. Default <c>sqlite</c>.</summary>
    public string CatalogType { get; init; } = "sqlite";

    /// <summary>The name and version of the SQL engine, for lineage events; null leaves them out.</summary>
    public (string Name, string Version)? Engine { get; init; }
}
