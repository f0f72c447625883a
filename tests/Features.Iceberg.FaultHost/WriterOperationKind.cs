namespace Features.Iceberg.FaultHost;

/// <summary>What writers do.</summary>
public enum WriterOperationKind
{
    /// <summary>Adds rows in a manifest of their own.</summary>
    Append,
    /// <summary>Adds rows, manifests merged.</summary>
    MergingAppend,
    /// <summary>Deletes a range of ids, files written again.</summary>
    Delete,
    /// <summary>Replaces the rows of some ids, or adds them.</summary>
    Upsert,
    /// <summary>Deletes a range of ids by position delete files.</summary>
    DeleteByPosition,
    /// <summary>Replaces a range of ids by new rows.</summary>
    Overwrite,
    /// <summary>Replaces a partition.</summary>
    OverwritePartitions,
    /// <summary>Writes small files together.</summary>
    Compact,
    /// <summary>Adds a column.</summary>
    Evolve,
    /// <summary>Expires snapshots and removes their files.</summary>
    Expire,
}
