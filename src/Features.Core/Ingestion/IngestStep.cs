namespace Features.Core.Ingestion;

/// <summary>The I/O steps of ingesting a batch, in order. Whatever stops a host between two of them, doing the batch again gives the same tables.</summary>
public enum IngestStep
{
    /// <summary>The batch is claimed; nothing is done yet.</summary>
    Claimed,

    /// <summary>The START event stands.</summary>
    LineageStarted,

    /// <summary>The file is read, cleaned and split; the result is in the engine only.</summary>
    SourceRead,

    /// <summary>The target table stands, and the quarantine if there are rows for it.</summary>
    TablesReady,

    /// <summary>The data files of the quarantined rows stand; no snapshot names them.</summary>
    QuarantineFilesWritten,

    /// <summary>The data files of the good rows stand; no snapshot names them. The counts are reconciled.</summary>
    GoodFilesWritten,

    /// <summary>The batch's turn has come and its quarantined rows are committed.</summary>
    QuarantineCommitted,

    /// <summary>The good rows and the sequence are committed.</summary>
    GoodCommitted,

    /// <summary>Data files of earlier attempts that no snapshot names are removed.</summary>
    LeftoversRemoved,

    /// <summary>Of a rejected batch: its sequence is committed without rows, so that the next can go on.</summary>
    Voided,

    /// <summary>The COMPLETE or FAIL event stands.</summary>
    LineageEnded,

    /// <summary>The inbox knows the outcome.</summary>
    Done,
}
