using Features.Iceberg.Transactions;

namespace Features.Iceberg.RowChanges;

/// <summary>What an operation on rows did.</summary>
/// <param name="Commit">The table after it, and whether it changed; an operation with nothing to do commits nothing.</param>
public sealed record RowChange(CommitResult Commit)
{
    /// <summary>The table after the operation.</summary>
    public Table Table => Commit.Table;

    /// <summary>Rows that are new.</summary>
    public long RowsInserted { get; init; }

    /// <summary>Rows that took the place of one with the same key (or of several).</summary>
    public long RowsUpdated { get; init; }

    /// <summary>Rows of an upsert that stood in the table already, all values the same, and were left alone.</summary>
    public long RowsUnchanged { get; init; }

    /// <summary>Rows that are gone, those replaced by an update not counted; null where whole partitions were replaced without their rows being read.</summary>
    public long? RowsDeleted { get; init; } = 0;

    /// <summary>Data files written.</summary>
    public int DataFilesAdded { get; init; }

    /// <summary>Data files that are no longer part of the table; null where whole partitions were replaced.</summary>
    public int? DataFilesRemoved { get; init; } = 0;

    /// <summary>Position delete files written.</summary>
    public int DeleteFilesAdded { get; init; }
}
