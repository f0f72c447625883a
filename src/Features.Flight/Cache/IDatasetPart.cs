using Apache.Arrow;

namespace Features.Flight.Cache;

/// <summary>A run of a data set's rows that can be read by itself.</summary>
public interface IDatasetPart
{
    /// <summary>Its rows; a read that gives another number is refused.</summary>
    long Rows { get; }

    /// <summary>The rows in stored order. Batches may have any length; the reader disposes each one. An exception fails the load with its message.</summary>
    IAsyncEnumerable<RecordBatch> ReadAsync(CancellationToken cancellationToken);
}
