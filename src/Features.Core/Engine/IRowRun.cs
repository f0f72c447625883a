using Apache.Arrow;

namespace Features.Core.Engine;

/// <summary>Live rows of a scan that stand together and can be read by themselves, as often as wanted and beside others.</summary>
public interface IRowRun
{
    /// <summary>Its rows, if they are known without reading any; null where deletes or a condition decide.</summary>
    long? Rows { get; }

    /// <summary>Counts its rows.</summary>
    /// <exception cref="SqlException">The condition cannot be evaluated, or the engine failed.</exception>
    /// <exception cref="Iceberg.IcebergException">A file is missing, or is not what its manifest says.</exception>
    Task<long> CountAsync(CancellationToken cancellationToken);

    /// <summary>The rows, as batches of the projection's columns. The consumer disposes each batch. Cancelling stops the engine.</summary>
    /// <inheritdoc cref="CountAsync"/>
    IAsyncEnumerable<RecordBatch> ReadAsync(CancellationToken cancellationToken);
}
