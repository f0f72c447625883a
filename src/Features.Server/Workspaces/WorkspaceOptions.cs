using Features.Core.Ingestion;

namespace Features.Server.Workspaces;

/// <summary>What a host chooses for a workspace.</summary>
public sealed record WorkspaceOptions
{
    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How ingestion waits and retries.</summary>
    public IngestOptions Ingest { get; init; } = new();

    /// <summary>Is told how far each batch is; null for nobody.</summary>
    public IIngestObserver? Observer { get; init; }
}
