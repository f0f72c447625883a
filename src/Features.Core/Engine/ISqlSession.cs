using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Schema = Apache.Arrow.Schema;
using Table = Features.Iceberg.Table;

namespace Features.Core.Engine;

/// <summary>Named relations and the queries over them. Not for concurrent use.</summary>
public interface ISqlSession : IAsyncDisposable
{
    /// <summary>Adds a pinned Iceberg scan under a name; <c>ns.table</c> makes the table reachable as written in SQL. The files are read by field id when a query runs, without the rows that are deleted; they stay on this machine until the session is disposed. The plan's residual filter is not applied: the query's own WHERE decides.</summary>
    /// <exception cref="Iceberg.IcebergException">A file is missing, is not what its manifest says, or has what cannot be read; it is named.</exception>
    /// <exception cref="SqlException">The engine failed.</exception>
    Task AddTableAsync(string name, ScanPlan plan, CancellationToken cancellationToken);

    /// <summary>
    /// Adds a file as it is, with its own column names and one more column, <c>_row_no</c> (0-based position in the file, BIGINT). Where rows of a CSV have more cells than its header
    /// has names, they stand, joined by commas, in a column <c>_extra</c> (null for other rows).
    /// </summary>
    /// <exception cref="SqlException">The file is not of the format it claims; the message names it.</exception>
    Task AddFileAsync(string name, SourceFile file, CancellationToken cancellationToken);

    /// <summary>Adds Arrow batches as a temporary table; they are copied and disposed. May spill.</summary>
    Task AddBatchesAsync(string name, Schema schema, IAsyncEnumerable<RecordBatch> batches, CancellationToken cancellationToken);

    /// <summary>Runs a SELECT once and keeps its rows as a temporary table; may spill. Returns the row count.</summary>
    Task<long> MaterializeAsync(string name, string sql, CancellationToken cancellationToken);

    /// <summary>The columns of a SELECT's result, in order, without running it.</summary>
    Task<Schema> DescribeAsync(string sql, CancellationToken cancellationToken);

    /// <summary>Streams a SELECT's rows as batches of about 16,384 rows, in the query's order. The consumer disposes each batch. Cancelling stops the engine.</summary>
    /// <exception cref="SqlException">The engine refused or failed; the message is the engine's with the place in the SQL.</exception>
    IAsyncEnumerable<RecordBatch> QueryAsync(string sql, CancellationToken cancellationToken);

    /// <summary>
    /// Writes a SELECT's rows into data files of a table that no snapshot names yet, by its default partition spec and sort order, and describes them for an append; none for no rows. Columns are found by name: missing optional
    /// ones take their write default, or null. If it fails, no file is left.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="sql">One SELECT, whose columns have the table's types.</param>
    /// <param name="filePrefix">What the names of the files begin with, so that a redo is recognised.</param>
    /// <param name="cancellationToken">Stops the engine.</param>
    /// <exception cref="SqlException">The engine refused or failed.</exception>
    /// <exception cref="Iceberg.InvalidTableArgumentException">The rows do not fit the table; every such column is named.</exception>
    Task<IReadOnlyList<DataFile>> WriteAsync(Table table, string sql, string filePrefix, CancellationToken cancellationToken);
}

/// <summary>A file to be read as it is.</summary>
/// <param name="Path">A local path (other stores are staged to one).</param>
/// <param name="Format">How to read it.</param>
public sealed record SourceFile(string Path, SourceFormat Format);

/// <summary>The formats of source files.</summary>
public enum SourceFormat
{
    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>Comma-separated with a header; every column is read as text (the contract types it).</summary>
    Csv,

    /// <summary>One JSON object a line; every top-level value is read as text (the contract types it).</summary>
    Json,

    /// <summary>An Arrow IPC file or stream.</summary>
    Arrow,
}
