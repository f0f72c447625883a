using System.Text.Json;
using Features.DuckDb.Queries;
using Features.Iceberg;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.DuckDb.Scans;

/// <summary>One SELECT over planned files: one part for each physical schema among them, together by position.</summary>
internal static class ScanSelect
{
    /// <summary>The local path and size of each planned file.</summary>
    /// <exception cref="UnsupportedFeatureException">A file is no Parquet file, has deletes, or does not lie on this machine.</exception>
    internal static IReadOnlyList<(string Path, long Bytes)> LocalFiles(IReadOnlyList<FileScanTask> tasks) => [.. tasks.Select(task => (LocalPath(task), task.File.FileSizeInBytes))];

    /// <summary>The SELECT. <paramref name="physical"/> holds the columns of each task's file.</summary>
    /// <exception cref="InvalidFileException">A file's columns cannot be told or do not fit the table.</exception>
    internal static string Build(Schema projection, IReadOnlyList<FileScanTask> tasks, IReadOnlyList<IReadOnlyList<ParquetColumn>> physical)
    {
        if (tasks.Count == 0)
        {
            return $"SELECT {string.Join(", ", projection.Fields.Select(f => $"{IcebergSql.ValueOf(null, f.Type, f.Name)} AS {SqlText.Name(f.Name)}"))} WHERE false";
        }

        var parts = tasks.Select((task, i) => Part(projection, task, physical[i])).GroupBy(p => (p.SelectList, p.Columns), p => FilePattern.Of(p.Path));
        return string.Join(" UNION ALL ", parts.Select(p =>
            $"SELECT {p.Key.SelectList} FROM read_parquet({SqlText.Literals(p)}, hive_partitioning = false, union_by_name = false, filename = false, binary_as_string = false)"));
    }

    /// <summary>Files of equal schema share one list of columns, so that its reference tells the schema.</summary>
    private static (string SelectList, IReadOnlyList<ParquetColumn> Columns, string Path) Part(Schema projection, FileScanTask task, IReadOnlyList<ParquetColumn> columns)
    {
        var path = LocalPath(task);
        return (new ColumnResolution(path, IdentityValues(task)).SelectList(projection, WithIds(task, columns)), columns, path);
    }

    private static IReadOnlyList<ParquetColumn> WithIds(FileScanTask task, IReadOnlyList<ParquetColumn> columns)
    {
        if (columns.Count == 0 || columns.Any(c => c.HasIds))
        {
            return columns;
        }

        try
        {
            return task.NameMapping is { } mapping
                ? FieldNameMapping.Apply(mapping, columns)
                : FieldNameMapping.Apply(task.Schema.Fields, columns);
        }
        catch (JsonException fault)
        {
            throw new InvalidFileException(task.Location, $"it has no field ids, and the table property 'schema.name-mapping.default' is no valid name mapping: {fault.Message}", fault);
        }
    }

    private static Dictionary<int, object?> IdentityValues(FileScanTask task) => task.Spec.Fields
        .Zip(task.File.Partition)
        .Where(p => p.First.Transform.Kind == TransformKind.Identity)
        .ToDictionary(p => p.First.SourceId, p => p.Second);

    private static string LocalPath(FileScanTask task)
    {
        var location = task.Location;
        if (!task.File.FileFormat.Equals("PARQUET", StringComparison.OrdinalIgnoreCase))
        {
            throw new UnsupportedFeatureException($"file format {task.File.FileFormat}", location, "rewrite the table's files as Parquet with the engine that wrote them");
        }

        if (task.Deletes.Count > 0)
        {
            throw new UnsupportedFeatureException("a data file with delete files", location, "compact the table with the engine that wrote it");
        }

        return Location.SchemeOf(location) is null or "file"
            ? Path.GetFullPath(Location.FilePath(location))
            : throw new UnsupportedFeatureException("a data file outside this machine", location, "only local files (file: or an absolute path) are read so far; copy the table here and relocate it");
    }
}
