using System.Collections.Concurrent;
using System.Globalization;
using DuckDB.NET.Data;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.DuckDb.Tests.Scans;

/// <summary>Parquet files that DuckDB writes with the field ids asked for, and plans over them.</summary>
internal sealed class ParquetTable : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("parquet-").FullName;
    private static readonly ConcurrentDictionary<string, long> RowCounts = new(StringComparer.Ordinal);
    private int written;

    internal string Path(string name) => System.IO.Path.Combine(folder, name);

    /// <summary>Writes a file; <paramref name="ids"/> null for none.</summary>
    internal string Write(string select, string? ids, string? name = null)
    {
        var path = Path(name ?? string.Create(CultureInfo.InvariantCulture, $"{written++}.parquet"));
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own SQL.
        command.CommandText = $"COPY ({select}) TO '{path}' (FORMAT parquet{(ids is null ? "" : $", FIELD_IDS {ids}")})";
#pragma warning restore CA2100
        RowCounts[path] = command.ExecuteNonQuery();
        return path;
    }

    internal string Copy(string file, string name)
    {
        var path = Path(name);
        File.Copy(file, path);
        RowCounts[path] = RowCounts[file];
        return path;
    }

    internal static ScanPlan Plan(Schema projection, params string[] paths) => Plan(projection, [.. paths.Select(p => Task(projection, p))]);

    internal static ScanPlan Plan(Schema projection, IReadOnlyList<FileScanTask> tasks) => new()
    {
        TableName = "test.table",
        TableUuid = null,
        Snapshot = null,
        Projection = projection,
        Tasks = tasks,
        Report = ScanReport.Empty with { FilesPlanned = tasks.Count },
    };

    internal static FileScanTask Task(Schema schema, string path, string? nameMapping = null, PartitionSpec? spec = null, params object?[] partition) => new(
        new DataFile { FilePath = path, FileFormat = "PARQUET", Partition = partition, RecordCount = RowCounts.GetValueOrDefault(Location.FilePath(path)), FileSizeInBytes = File.Exists(Location.FilePath(path)) ? new FileInfo(Location.FilePath(path)).Length : 0 },
        path, spec ?? PartitionSpec.Unpartitioned, schema, Filter.True, nameMapping, 0, []);

    internal static Schema Schema(params (int Id, string Name, object Type)[] fields) => new(0, [.. fields.Select(f => Field(f.Id, f.Name, f.Type))], []);

    internal static NestedField Field(int id, string name, object type, object? initialDefault = null) => new(id, name, Type(type), Required: false, InitialDefault: initialDefault);

    internal static IcebergType Type(object type) => type switch
    {
        IcebergType t => t,
        "int" => new PrimitiveType(PrimitiveKind.Int),
        "long" => new PrimitiveType(PrimitiveKind.Long),
        "float" => new PrimitiveType(PrimitiveKind.Float),
        "double" => new PrimitiveType(PrimitiveKind.Double),
        "string" => new PrimitiveType(PrimitiveKind.String),
        "date" => new PrimitiveType(PrimitiveKind.Date),
        "timestamp" => new PrimitiveType(PrimitiveKind.Timestamp),
        "timestamptz" => new PrimitiveType(PrimitiveKind.TimestampTz),
        "uuid" => new PrimitiveType(PrimitiveKind.Uuid),
        "binary" => new PrimitiveType(PrimitiveKind.Binary),
        _ => throw new ArgumentException($"{type}", nameof(type)),
    };

    internal static StructType Struct(params (int Id, string Name, object Type)[] fields) => new([.. fields.Select(f => Field(f.Id, f.Name, f.Type))]);

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
