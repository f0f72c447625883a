using System.Globalization;
using Features.DuckDb.Queries;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Scans;

/// <summary>
/// SQL that makes a table's columns out of a file's, matched by field id at every depth ("Column Projection" of the specification): renamed, reordered, dropped, added and
/// widened fields within structs, lists and maps.
/// </summary>
/// <param name="task">The file.</param>
internal sealed class ColumnResolution(FileScanTask task)
{
    /// <summary>The select list, with one typed expression a projected column. It may use <see cref="FileFacts"/>.</summary>
    internal string SelectList(Schema projection, IReadOnlyList<ParquetColumn> columns) =>
        string.Join(", ", Values(projection, columns).Zip(projection.Fields, (value, field) => $"{value} AS {SqlText.Name(field.Name)}"));

    /// <summary>One typed expression a projected column.</summary>
    internal IReadOnlyList<string> Values(Schema projection, IReadOnlyList<ParquetColumn> columns)
    {
        var named = AsTheEngineNames(columns);
        return [.. projection.Fields.Select(f => Column(f, named))];
    }

    private string Column(NestedField field, IReadOnlyList<ParquetColumn> columns)
    {
        var column = columns.FirstOrDefault(c => c.FieldId == field.Id);
        var source = ColumnSource.Of(field, task, column is not null);
        var own = source.IsInFile ? Value(field.Type, column!, SqlText.Name(column!.Name), field.Name, 0) : null;
        if (own is not null && source.Otherwise is null)
        {
            return own;
        }

        // What differs from file to file is named, so that files of one schema still make one part.
        var otherwise = field.Id switch
        {
            _ when source.Otherwise is null => IcebergSql.ValueOf(null, field.Type, field.Name),
            _ when field.Id == MetadataColumns.File.Id => FileFacts.Location,
            _ when field.Id == MetadataColumns.Position.Id => FileFacts.Position,
            _ when field.Id == MetadataColumns.RowId.Id => $"{FileFacts.FirstRowId} + {FileFacts.Position}",
            _ when field.Id == MetadataColumns.LastUpdatedSequenceNumber.Id => FileFacts.SequenceNumber,
            _ => IcebergSql.ValueOf(source.Otherwise, field.Type, field.Name),
        };
        return own is null ? otherwise : $"coalesce({own}, {otherwise})";
    }

    private static List<ParquetColumn> AsTheEngineNames(IReadOnlyList<ParquetColumn> columns) =>
        [.. EngineNames.Of(columns.Select(c => c.Name)).Zip(columns, (name, column) => name == column.Name ? column : column with { Name = name })];

    /// <summary>A field of a struct: from the column with its id, else its initial default, or null.</summary>
    private string Field(NestedField field, IReadOnlyList<ParquetColumn> columns, Func<string, string> access, string path, int depth)
    {
        var column = columns.FirstOrDefault(c => c.FieldId == field.Id);
        return column is not null ? Value(field.Type, column, access(column.Name), path, depth)
            : IcebergSql.ValueOf(field.InitialDefault, field.Type, path);
    }

    /// <summary>A value of <paramref name="target"/>; the source itself where nothing changes, so that filters are pushed into the file.</summary>
    private string Value(IcebergType target, ParquetColumn column, string source, string path, int depth) => (target, column.Shape) switch
    {
        (PrimitiveType p, ParquetShape.Primitive) => Primitive(p, column.SqlType, source, path),
        (StructType s, ParquetShape.Struct) => Struct(s, column, source, path, depth),
        (ListType l, ParquetShape.List) => List(l, column, source, path, depth),
        (MapType m, ParquetShape.Map) => Map(m, column, source, path, depth),
        _ => throw Mismatch(path, target, column.Shape.ToString().ToLowerInvariant()),
    };

    private string Struct(StructType target, ParquetColumn column, string source, string path, int depth)
    {
        string Access(string child) => $"struct_extract({source}, {SqlText.Literal(child)})";
        var fields = target.Fields.Select(f => (f.Name, Value: Field(f, column.Children, Access, $"{path}.{f.Name}", depth))).ToList();
        var isUnchanged = fields.Select(f => (f.Name, f.Value)).SequenceEqual(column.Children.Select(c => (c.Name, Access(c.Name))));
        return isUnchanged ? source
            : $"CASE WHEN {source} IS NOT NULL THEN struct_pack({string.Join(", ", fields.Select(f => $"{SqlText.Name(f.Name)} := {f.Value}"))}) END";
    }

    private string List(ListType target, ParquetColumn column, string source, string path, int depth)
    {
        var variable = Variable(depth);
        var element = Value(target.Element, column.Children[0], variable, $"{path}.element", depth + 1);
        return element == variable ? source : $"list_transform({source}, lambda {variable}: {element})";
    }

    private string Map(MapType target, ParquetColumn column, string source, string path, int depth)
    {
        var variable = Variable(depth);
        var (keySource, valueSource) = ($"struct_extract({variable}, 'key')", $"struct_extract({variable}, 'value')");
        var key = Value(target.Key, column.Children[0], keySource, $"{path}.key", depth + 1);
        var value = Value(target.Value, column.Children[1], valueSource, $"{path}.value", depth + 1);
        return key == keySource && value == valueSource ? source
            : $"CASE WHEN {source} IS NOT NULL THEN map_from_entries(list_transform(map_entries({source}), lambda {variable}: struct_pack(\"key\" := {key}, \"value\" := {value}))) END";
    }

    private string Primitive(PrimitiveType target, string physical, string source, string path)
    {
        var sql = IcebergSql.TypeOf(target, path);
        if (sql == physical)
        {
            return source;
        }

        return (physical, target.Kind) switch
        {
            (_, PrimitiveKind.Unknown) => "CAST(NULL AS BOOLEAN)",
            ("BLOB", PrimitiveKind.String) => $"decode({source})",
            ("VARCHAR", PrimitiveKind.Binary) => $"encode({source})",
            ("BLOB", PrimitiveKind.Uuid) => $"CAST(hex({source}) AS UUID)",
            // Writers that leave the annotation out mean what the format prescribes.
            ("INTEGER", PrimitiveKind.Date) => $"(DATE '1970-01-01' + {source})",
            ("BIGINT", PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs) => $"CAST(make_timestamp({source}) AS {sql})",
            _ when Widens(physical, target.Kind) => $"CAST({source} AS {sql})",
            _ => throw Mismatch(path, target, physical),
        };
    }

    /// <summary>Types that other writers use for the same values, and the promotions of the specification ("Schema Evolution"). Nothing that could lose or misread a value.</summary>
    private static bool Widens(string physical, PrimitiveKind target) => target switch
    {
        PrimitiveKind.Int => physical is "TINYINT" or "SMALLINT" or "UTINYINT" or "USMALLINT",
        PrimitiveKind.Long => physical is "TINYINT" or "SMALLINT" or "INTEGER" or "UTINYINT" or "USMALLINT" or "UINTEGER",
        PrimitiveKind.Double => physical is "FLOAT",
        PrimitiveKind.Decimal => physical.StartsWith("DECIMAL", StringComparison.Ordinal),
        // A time of day has no zone in Iceberg; writers that say UTC mean the time itself.
        PrimitiveKind.Time => physical is "TIME_NS" or "TIME WITH TIME ZONE",
        PrimitiveKind.Timestamp => physical is "DATE" || physical.StartsWith("TIMESTAMP", StringComparison.Ordinal),
        PrimitiveKind.TimestampNs => physical is "DATE" or "TIMESTAMP" or "TIMESTAMP_S" or "TIMESTAMP_MS",
        PrimitiveKind.TimestampTz => physical.StartsWith("TIMESTAMP", StringComparison.Ordinal),
        PrimitiveKind.String => physical is "JSON",
        _ => false,
    };

    private static string Variable(int depth) => string.Create(CultureInfo.InvariantCulture, $"e{depth}");

    private InvalidFileException Mismatch(string path, IcebergType target, string physical) =>
        new(task.Location, $"column '{path}' is {physical} in the file, but {IcebergSql.TypeOf(target, path)} in the table, and the first does not widen to the second");
}
