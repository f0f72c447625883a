using System.Collections.Concurrent;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;

namespace Features.DuckDb.Runs;

/// <summary>The sizes of the row groups of Parquet files, read from their footers and remembered by path and size (data files never change).</summary>
/// <param name="connection">A connection whose instance reads the footers.</param>
internal sealed class RowGroups(EngineConnection connection)
{
    private const int FilesPerQuery = 500;
    private const int MaxRemembered = 100_000;
    private readonly ConcurrentDictionary<(string Path, long Bytes), IReadOnlyList<long>> remembered = new();

    /// <summary>The rows of each row group, of each file, in order.</summary>
    /// <exception cref="EngineFault">A footer cannot be read.</exception>
    internal async Task<IReadOnlyList<IReadOnlyList<long>>> ReadAsync(IReadOnlyList<LocalDataFile> dataFiles, CancellationToken cancellationToken)
    {
        if (remembered.Count + dataFiles.Count > MaxRemembered)
        {
            remembered.Clear();
        }

        var found = dataFiles.Select(f => (f.Path, f.Task.File.FileSizeInBytes)).Distinct()
            .Select(f => (File: f, Rows: remembered.GetValueOrDefault(f))).ToDictionary(f => f.File, f => f.Rows);
        foreach (var batch in found.Where(f => f.Value is null).Select(f => f.Key).Chunk(FilesPerQuery))
        {
            var own = connection.Duplicate();
            await using var closing = own.ConfigureAwait(false);
            foreach (var (path, rows) in await own.RunAsync(() => Read(own, [.. batch.Select(f => f.Path)]), cancellationToken).ConfigureAwait(false))
            {
                var file = batch.First(f => f.Path == path);
                found[file] = remembered[file] = rows;
            }
        }

        return [.. dataFiles.Select(f => found[(f.Path, f.Task.File.FileSizeInBytes)] ?? [f.Task.File.RecordCount])];
    }

    private static Dictionary<string, IReadOnlyList<long>> Read(EngineConnection connection, IReadOnlyList<string> paths) => connection
        .Read(
            $"SELECT file_name, row_group_id::BIGINT, row_group_num_rows::BIGINT FROM parquet_metadata({SqlText.Literals(paths.Select(FilePattern.Of))}) WHERE column_id = 0",
            r => (File: r.GetString(0), Group: r.GetInt64(1), Rows: r.GetInt64(2)))
        .GroupBy(g => g.File, StringComparer.Ordinal)
        .ToDictionary(f => f.Key, f => (IReadOnlyList<long>)[.. f.DistinctBy(g => g.Group).OrderBy(g => g.Group).Select(g => g.Rows)], StringComparer.Ordinal);
}
