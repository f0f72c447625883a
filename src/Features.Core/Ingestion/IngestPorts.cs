using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Inbox;
using Features.Core.Lineage;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;

namespace Features.Core.Ingestion;

/// <summary>What ingestion stands on. Not owned: whoever made them disposes them.</summary>
public sealed record IngestPorts
{
    /// <summary>Where batches wait.</summary>
    public required IInbox Inbox { get; init; }

    /// <summary>The pipelines.</summary>
    public required IPipelines Pipelines { get; init; }

    /// <summary>Where the tables are.</summary>
    public required ICatalog Catalog { get; init; }

    /// <summary>Writes their data files.</summary>
    public required IDataFileFormat Files { get; init; }

    /// <summary>Reads and cleans.</summary>
    public required ISqlEngine Engine { get; init; }

    /// <summary>Is asked before a source is read.</summary>
    public required ReadGate Gate { get; init; }

    /// <summary>Is told of each run.</summary>
    public required ILineageSink Lineage { get; init; }

    /// <summary>The clock of waits and time stamps.</summary>
    public required TimeProvider Clock { get; init; }
}
