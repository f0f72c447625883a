using System.Collections.Concurrent;
using Features.DuckDb.Queries;
using Features.Iceberg;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;

namespace Features.DuckDb.Scans;

/// <summary>The physical schemas of Parquet files, which are held to the rows that their manifests count, read from their footers and remembered by path and size (data files never change).</summary>
internal sealed class ParquetSchemas(EngineConnection connection) : IDisposable
{
    private const int FilesPerQuery = 500;
    private const int MaxRemembered = 100_000;
    private readonly SemaphoreSlim oneReader = new(1);
    private readonly ConcurrentDictionary<(string Path, long Bytes), (IReadOnlyList<ParquetColumn> Columns, long Rows)> remembered = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<ParquetColumn>> shared = new();

    /// <summary>The columns of each file, in the order given. Files of one schema share one list.</summary>
    /// <exception cref="InvalidFileException">A file is no Parquet file, or holds other rows than its manifest says.</exception>
    /// <exception cref="EngineFault">The engine ran out of memory.</exception>
    internal async Task<IReadOnlyList<IReadOnlyList<ParquetColumn>>> ReadAsync(IReadOnlyList<LocalDataFile> dataFiles, CancellationToken cancellationToken)
    {
        var files = dataFiles.Select(f => (f.Path, f.Task.File.FileSizeInBytes)).ToArray();
        await oneReader.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (remembered.Count + files.Length > MaxRemembered)
            {
                remembered.Clear();
                shared.Clear();
            }

            foreach (var batch in files.Where(f => !remembered.ContainsKey(f)).Distinct().Chunk(FilesPerQuery))
            {
                await ReadBatchAsync(batch, dataFiles, cancellationToken).ConfigureAwait(false);
            }

            return [.. files.Select((f, i) => Checked(remembered[f], dataFiles[i].Task))];
        }
        finally
        {
            oneReader.Release();
        }
    }

    public void Dispose() => oneReader.Dispose();

    // Writers are careless with the counts of delete files.
    private static IReadOnlyList<ParquetColumn> Checked((IReadOnlyList<ParquetColumn> Columns, long Rows) footer, FileScanTask task) =>
        footer.Rows == task.File.RecordCount || task.File.Content != FileContent.Data ? footer.Columns
            : throw new InvalidFileException(task.Location, $"it has {footer.Rows} rows where its manifest says {task.File.RecordCount}: it is not the file that was committed; restore that one, or remove it from the table");

    private async Task ReadBatchAsync((string Path, long Bytes)[] batch, IReadOnlyList<LocalDataFile> dataFiles, CancellationToken cancellationToken)
    {
        try
        {
            await connection.RunAsync(() => ReadFooters(batch), cancellationToken).ConfigureAwait(false);
        }
        catch (EngineFault fault) when (!fault.IsTransient)
        {
            if (batch is [var only])
            {
                throw new InvalidFileException(dataFiles.First(f => f.Path == only.Path).Task.Location, fault.Reason, fault);
            }

            // One by one they tell which it is.
            foreach (var file in batch)
            {
                await ReadBatchAsync([file], dataFiles, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private int ReadFooters((string Path, long Bytes)[] files)
    {
        var paths = SqlText.Literals(files.Select(f => FilePattern.Of(f.Path)));
        var rows = connection.Read($"SELECT file_name, num_rows::BIGINT FROM parquet_file_metadata({paths})", r => (File: r.GetString(0), Rows: r.GetInt64(1))).ToDictionary(f => f.File, f => f.Rows, StringComparer.Ordinal);
        var sql = $"""
            SELECT file_name, name, coalesce(num_children, 0)::INTEGER, repetition_type = 'REPEATED', coalesce(converted_type, ''), coalesce(logical_type, ''), field_id::INTEGER, coalesce(duckdb_type, '')
            FROM parquet_schema({paths})
            """;
        var nodes = connection.Read(sql, r => new SchemaNode(
            r.GetString(0), r.GetString(1), r.GetInt32(2), !r.IsDBNull(3) && r.GetBoolean(3), r.GetString(4), r.GetString(5), r.IsDBNull(6) ? null : r.GetInt32(6), r.GetString(7)));
        var byPath = files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        foreach (var file in nodes.GroupBy(n => n.File))
        {
            var columns = SchemaNode.Columns(file);
            remembered[byPath[file.Key]] = (shared.GetOrAdd(ParquetColumn.Fingerprint(columns), columns), rows[file.Key]);
        }

        return files.Length;
    }
}
