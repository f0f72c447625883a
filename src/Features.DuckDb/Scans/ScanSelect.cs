using System.Text;
using System.Text.Json;
using Features.DuckDb.Queries;
using Features.Iceberg;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Scans;

/// <summary>One SELECT over planned files: one part for each physical schema and set of deletes among them, together by position.</summary>
internal static class ScanSelect
{
    /// <summary>The SELECT.</summary>
    /// <exception cref="InvalidFileException">A file's columns cannot be told or do not fit the table.</exception>
    internal static string Build(Schema projection, IReadOnlyList<ScanPart> files)
    {
        if (files.Count == 0)
        {
            return $"SELECT {string.Join(", ", projection.Fields.Select(f => $"{IcebergSql.ValueOf(null, f.Type, f.Name)} AS {SqlText.Name(f.Name)}"))} WHERE false";
        }

        var groups = files
            .Select(file => (File: file, SelectList: new ColumnResolution(file.Task).SelectList(projection, WithIds(file.Task, file.Columns)), Keys: KeyList(file)))
            .GroupBy(f => (f.SelectList, f.Keys, f.File.Columns, Deletes: f.File.Deletes.Identity));
        return string.Join(" UNION ALL ", groups.Select(g => Select(g.Key.SelectList, g.Key.Keys, [.. g.Select(f => f.File)])));
    }

    private static string Select(string selectList, string keys, IReadOnlyList<ScanPart> files)
    {
        var deletes = files[0].Deletes;
        var uses = selectList + keys + (deletes.Positions is null ? "" : FileFacts.Position + FileFacts.Number);
        var relation = FileFacts.Beside(
            $"read_parquet({SqlText.Literals(files.Select(f => FilePattern.Of(f.Path)))}, hive_partitioning = false, union_by_name = false, filename = false, binary_as_string = false)", files, uses);
        return deletes == AppliedDeletes.None ? $"SELECT {selectList} FROM {relation}"
            : $"SELECT {selectList} FROM (SELECT *{keys} FROM {relation}) AS live{AntiJoins(deletes)}";
    }

    /// <summary>The columns that equality deletes compare, as further columns of the file.</summary>
    private static string KeyList(ScanPart file)
    {
        var list = new StringBuilder();
        for (var i = 0; i < file.Deletes.Keys.Count; i++)
        {
            var key = file.Deletes.Keys[i].Key;
            var values = new ColumnResolution(file.Task).Values(key, WithIds(file.Task, file.Columns));
            for (var c = 0; c < values.Count; c++)
            {
                list.Append(", ").Append(values[c]).Append(" AS ").Append(KeyName(i, c));
            }
        }

        return list.ToString();
    }

    private static string AntiJoins(AppliedDeletes deletes)
    {
        var joins = new StringBuilder();
        if (deletes.Positions is { } positions)
        {
            joins.Append($" ANTI JOIN {positions} AS gone ON live.{FileFacts.Number} = gone.file AND live.{FileFacts.Position} = gone.pos");
        }

        for (var i = 0; i < deletes.Keys.Count; i++)
        {
            // The engine's "not distinct" is the rule of equality deletes: null is null, NaN is NaN, and -0 is 0.
            var (table, key) = deletes.Keys[i];
            var gone = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"gone{i}");
            var same = key.Fields.SelectMany((f, c) => Leaves(f.Type, $"live.{KeyName(i, c)}").Zip(Leaves(f.Type, $"{gone}.{SqlText.Name(f.Name)}")));
            joins.Append($" ANTI JOIN {table} AS {gone} ON {string.Join(" AND ", same.Select(s => $"{s.First} IS NOT DISTINCT FROM {s.Second}"))}");
        }

        return joins.ToString();
    }

    // A null struct counts as one of nulls, so that its fields are compared and not the struct.
    private static IEnumerable<string> Leaves(IcebergType type, string access) => type is StructType s
        ? s.Fields.SelectMany(f => Leaves(f.Type, $"struct_extract({access}, {SqlText.Literal(f.Name)})"))
        : [access];

    /// <summary>The columns with the ids that stand in the file, else those of the table's name mapping, else those of the table's columns of the same names.</summary>
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

    private static string KeyName(int key, int column) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"key:{key}:{column}\"");
}
