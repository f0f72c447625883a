using Features.DuckDb.Queries;
using Features.DuckDb.Scans;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Writing;

/// <summary>
/// Metrics of a file that COPY wrote. Its footer bounds no columns with NaNs, counts no NaNs, and cuts long texts, which a mode may want whole: those columns alone are read once more from the file.
/// Columns within lists and maps have no bounds, as the library writes none.
/// </summary>
internal sealed class CopiedMetrics(Schema schema, DataFileOptions options)
{
    // Well below where the engine cuts a bound.
    private const int SurelyWhole = 64;

    private readonly List<Leaf> leaves = [.. LeavesOf(schema.Fields, "", "").Select((l, i) => l with { Mode = options.MetricsOf(l.Name, i) }).Where(l => l.Sql is not null && l.Mode.Counts)];

    /// <summary>The file with the metrics that its footer leaves out. Blocks.</summary>
    /// <param name="connection">What reads the file.</param>
    /// <param name="path">Where the file lies.</param>
    /// <param name="file">What its footer says.</param>
    /// <param name="hasNoNan">Whether a column, by its field id, is known to be without NaNs.</param>
    internal DataFile Complete(EngineConnection connection, string path, DataFile file, Func<int, bool> hasNoNan)
    {
        var nans = leaves.Where(l => l.IsFloating && file.ValueCounts!.ContainsKey(l.Id)).ToDictionary(l => l.Id, _ => 0L);
        var asked = leaves.Where(l => LacksBounds(l, file) || (nans.ContainsKey(l.Id) && !hasNoNan(l.Id))).ToList();
        if (asked.Count == 0)
        {
            return file with { NanValueCounts = nans };
        }

        var values = string.Join(", ", asked.Select(l => $"{l.Read("min")}, {l.Read("max")}, {(l.IsFloating ? $"CAST(count_if(isnan({l.Sql})) AS BIGINT)" : "0")}"));
        var row = connection.Read(
            $"SELECT {values} FROM read_parquet({SqlText.Literal(FilePattern.Of(path))}, hive_partitioning = false, binary_as_string = false)",
            r => Enumerable.Range(0, r.FieldCount).Select(i => r.IsDBNull(i) ? null : r.GetValue(i)).ToArray())[0];
        var (lower, upper) = (new Dictionary<int, byte[]>(file.LowerBounds!), new Dictionary<int, byte[]>(file.UpperBounds!));
        for (var i = 0; i < asked.Count; i++)
        {
            var leaf = asked[i];
            if (leaf.IsFloating)
            {
                nans[leaf.Id] = Convert.ToInt64(row[(3 * i) + 2], System.Globalization.CultureInfo.InvariantCulture);
            }

            if (leaf.Mode.Bounds && row[3 * i] is { } min && row[(3 * i) + 1] is { } max)
            {
                Bound(leaf, leaf.Value(min), leaf.Value(max), lower, upper);
            }
        }

        return file with { NanValueCounts = nans, LowerBounds = lower, UpperBounds = upper };
    }

    private static void Bound(Leaf leaf, object min, object max, Dictionary<int, byte[]> lower, Dictionary<int, byte[]> upper)
    {
        // The engine holds the zeros equal; as bounds, -0 stands before 0.
        (min, max) = (min switch { 0.0 => -0.0, 0.0f => -0.0f, _ => min }, max switch { 0.0 => 0.0, 0.0f => 0.0f, _ => max });
        lower[leaf.Id] = SingleValue.ToBinary(leaf.Mode.Length is { } width ? SingleValue.TruncateLower(min, leaf.Type, width) : min, leaf.Type);
        if ((leaf.Mode.Length is { } length ? SingleValue.TruncateUpper(max, leaf.Type, length) : max) is { } bound)
        {
            upper[leaf.Id] = SingleValue.ToBinary(bound, leaf.Type);
        }
    }

    private static bool LacksBounds(Leaf leaf, DataFile file)
    {
        if (!leaf.Mode.Bounds || !leaf.IsOrdered || file.NullValueCounts!.GetValueOrDefault(leaf.Id) >= file.ValueCounts!.GetValueOrDefault(leaf.Id))
        {
            return false;
        }

        var mayBeCut = leaf is { Type.Kind: PrimitiveKind.String or PrimitiveKind.Binary, Mode.Length: null or > SurelyWhole };
        return !file.LowerBounds!.TryGetValue(leaf.Id, out var lower) || !file.UpperBounds!.TryGetValue(leaf.Id, out var upper)
            ? !file.LowerBounds.ContainsKey(leaf.Id) || mayBeCut
            : mayBeCut && Math.Max(lower.Length, upper.Length) > SurelyWhole;
    }

    private static IEnumerable<Leaf> LeavesOf(IEnumerable<NestedField> fields, string prefix, string? parent) => fields.SelectMany(f =>
    {
        var sql = parent is null ? null : parent.Length == 0 ? SqlText.Name(f.Name) : $"struct_extract({parent}, {SqlText.Literal(f.Name)})";
        var name = prefix + f.Name;
        return f.Type switch
        {
            PrimitiveType p => [new Leaf(f.Id, name, p, sql, MetricsMode.None)],
            StructType s => LeavesOf(s.Fields, $"{name}.", sql),
            ListType l => LeavesOf([new(l.ElementId, "element", l.Element, false)], $"{name}.", null),
            MapType m => LeavesOf([new(m.KeyId, "key", m.Key, true), new(m.ValueId, "value", m.Value, false)], $"{name}.", null),
            _ => (IEnumerable<Leaf>)[],
        };
    });

    /// <param name="Id">The field's id.</param>
    /// <param name="Name">Its full name.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="Sql">Its values in the file; null within lists and maps.</param>
    /// <param name="Mode">What is kept of it.</param>
    private sealed record Leaf(int Id, string Name, PrimitiveType Type, string? Sql, MetricsMode Mode)
    {
        internal bool IsFloating => Type.Kind is PrimitiveKind.Float or PrimitiveKind.Double;

        internal bool IsOrdered => IcebergSql.ReadOf(Type, "") is not null || Type.Kind == PrimitiveKind.Binary;

        /// <summary>The least or greatest value but NaN, as <see cref="Value"/> takes it.</summary>
        internal string Read(string aggregate)
        {
            var value = $"{aggregate}({Sql}){(IsFloating ? $" FILTER (NOT isnan({Sql}))" : "")}";
            return Type.Kind == PrimitiveKind.Binary ? $"hex({value})" : IcebergSql.ReadOf(Type, value) ?? "NULL";
        }

        internal object Value(object read) => Type.Kind == PrimitiveKind.Binary ? Convert.FromHexString((string)read) : SingleValue.Convert(read, Type, Name);
    }
}
