using System.Collections.Concurrent;
using Features.DuckDb.Queries;
using Features.Iceberg;

namespace Features.DuckDb.Scans;

/// <summary>The physical schemas of Parquet files, read from their footers and remembered by path and size (data files never change).</summary>
internal sealed class ParquetSchemas(EngineConnection connection) : IDisposable
{
    private const int FilesPerQuery = 500;
    private const int MaxRemembered = 100_000;
    private readonly SemaphoreSlim oneReader = new(1);
    private readonly ConcurrentDictionary<(string Path, long Bytes), IReadOnlyList<ParquetColumn>> remembered = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<ParquetColumn>> shared = new();

    /// <summary>The columns of each file, in the order given. Files of one schema share one list.</summary>
    /// <exception cref="InvalidFileException">A file is no Parquet file.</exception>
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

            return [.. files.Select(f => remembered[f])];
        }
        finally
        {
            oneReader.Release();
        }
    }

    public void Dispose() => oneReader.Dispose();

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
        var sql = $"""
            SELECT file_name, name, coalesce(num_children, 0)::INTEGER, repetition_type = 'REPEATED', coalesce(converted_type, ''), coalesce(logical_type, ''), field_id::INTEGER, coalesce(duckdb_type, '')
            FROM parquet_schema({SqlText.Literals(files.Select(f => FilePattern.Of(f.Path)))})
            """;
        var nodes = connection.Read(sql, r => new SchemaNode(
            r.GetString(0), r.GetString(1), r.GetInt32(2), !r.IsDBNull(3) && r.GetBoolean(3), r.GetString(4), r.GetString(5), r.IsDBNull(6) ? null : r.GetInt32(6), r.GetString(7)));
        var byPath = files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        foreach (var file in nodes.GroupBy(n => n.File))
        {
            var columns = SchemaNode.Columns(file);
            remembered[byPath[file.Key]] = shared.GetOrAdd(ParquetColumn.Fingerprint(columns), columns);
        }

        return files.Length;
    }
}
