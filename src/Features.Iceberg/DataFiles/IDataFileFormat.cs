using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>Reads and writes the rows of data files. Adapters: managed code here, DuckDB in Features.DuckDb; both pass <c>DataFileFormatConformance</c>.</summary>
public interface IDataFileFormat
{
    /// <summary>
    /// The rows of one planned file as batches of <paramref name="projection"/>'s columns in its order, resolved by field id at every depth:
    /// absent columns take their initial default, an identity partition value, or null; types are widened to the projection's; <see cref="MetadataColumns"/> take the file's facts.
    /// Rows keep the file's order, and <c>_pos</c> counts all of them. Row groups of which no row can match the task's residual may be left out; nothing else is filtered, and no delete is applied:
    /// the reader of a scan does both. The consumer disposes each batch. Arrow types are those of <see cref="ArrowSchema.From"/>.
    /// </summary>
    /// <exception cref="InvalidFileException">The file is not what its manifest says.</exception>
    /// <exception cref="UnsupportedFeatureException">The file's format (ORC, Avro) or a column cannot be read; the message names it.</exception>
    IAsyncEnumerable<RecordBatch> ReadAsync(FileScanTask task, Schema projection, CancellationToken cancellationToken);

    /// <summary>Starts a data file at <paramref name="location"/> with field ids of <paramref name="schema"/>. The caller disposes the writer; an uncompleted file never becomes visible.</summary>
    Task<IDataFileWriter> CreateAsync(string location, Schema schema, DataFileOptions options, CancellationToken cancellationToken);
}

/// <summary>A data file being written.</summary>
public interface IDataFileWriter : IAsyncDisposable
{
    /// <summary>Rows written so far.</summary>
    long RecordCount { get; }

    /// <summary>Appends rows; the batch has the schema's columns in order and stays the caller's.</summary>
    Task WriteAsync(RecordBatch batch, CancellationToken cancellationToken);

    /// <summary>Closes the file and describes it with the metrics that its options ask for (sizes, counts, bounds, split offsets); partition and sort order are left for the caller to set.</summary>
    Task<DataFile> CompleteAsync(CancellationToken cancellationToken);
}
