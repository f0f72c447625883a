using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>The metrics of a file for its manifest entry, each column's as its mode says: counts and sizes of leaves, bounds of those outside lists and maps.</summary>
internal sealed class FileMetrics(IReadOnlyList<LeafColumn> leaves, DataFileOptions options)
{
    private readonly Dictionary<int, Leaf> byId = leaves.Index().ToDictionary(l => l.Item.Node.FieldId!.Value, l => new Leaf(l.Item.Type, l.Item.Node.RepetitionLevel > 0, Mode(l.Item.Node, l.Index, options)));

    public void Add(LeafColumn leaf, ColumnChunk chunk) => byId[leaf.Node.FieldId!.Value].Add(leaf, chunk);

    public DataFile Describe(DataFile file) => file with
    {
        ColumnSizes = Map(l => l.Bytes),
        ValueCounts = Map(l => l.Values),
        NullValueCounts = Map(l => l.Nulls),
        NanValueCounts = byId.Where(l => l.Value.IsFloating && l.Value.Mode.Counts).ToDictionary(l => l.Key, l => l.Value.Nans),
        LowerBounds = Bounds(l => l.Min is null || l.Mode.Length is not { } length ? l.Min : SingleValue.TruncateLower(l.Min, l.Type, length)),
        UpperBounds = Bounds(l => l.Max is null || l.Mode.Length is not { } length ? l.Max : SingleValue.TruncateUpper(l.Max, l.Type, length)),
    };

    // Readers tell by equal bounds that all positions are of one data file, so they stay whole.
    private static MetricsMode Mode(SchemaNode node, int leaf, DataFileOptions options) =>
        node.FieldId == MetadataColumns.DeletedFilePath.Id || node.FieldId == MetadataColumns.DeletedPosition.Id ? MetricsMode.Full : options.MetricsOf(node.ColumnName, leaf);

    private Dictionary<int, long> Map(Func<Leaf, long> select) => byId.Where(l => l.Value.Mode.Counts).ToDictionary(l => l.Key, l => select(l.Value));

    private Dictionary<int, byte[]> Bounds(Func<Leaf, object?> select)
    {
        var bounds = new Dictionary<int, byte[]>();
        foreach (var (id, leaf) in byId)
        {
            if (leaf is { IsRepeated: false, Mode.Bounds: true } && select(leaf) is { } bound)
            {
                bounds[id] = SingleValue.ToBinary(bound, leaf.Type);
            }
        }

        return bounds;
    }

    private sealed class Leaf(PrimitiveType type, bool isRepeated, MetricsMode mode)
    {
        public PrimitiveType Type { get; } = type;

        public bool IsRepeated { get; } = isRepeated;

        public MetricsMode Mode { get; } = mode;

        public bool IsFloating => Type.Kind is PrimitiveKind.Float or PrimitiveKind.Double;

        public long Bytes { get; private set; }

        public long Values { get; private set; }

        public long Nulls { get; private set; }

        public long Nans { get; private set; }

        public object? Min { get; private set; }

        public object? Max { get; private set; }

        public void Add(LeafColumn leaf, ColumnChunk chunk)
        {
            Bytes += chunk.CompressedBytes;
            Values += chunk.ValueCount;
            Nulls += chunk.NullCount;
            Nans += leaf.NanCount;
            if (chunk.Min is not null && (Min is null || SingleValue.Compare(chunk.Min, Min, Type) < 0))
            {
                Min = chunk.Min;
            }

            if (chunk.Max is not null && (Max is null || SingleValue.Compare(chunk.Max, Max, Type) > 0))
            {
                Max = chunk.Max;
            }
        }
    }
}
