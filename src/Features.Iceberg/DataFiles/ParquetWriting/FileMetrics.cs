using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>The metrics of a file for its manifest entry: counts and sizes of every leaf, bounds (cut to 16) of those outside lists and maps.</summary>
internal sealed class FileMetrics(IReadOnlyList<LeafColumn> leaves)
{
    private readonly Dictionary<int, Leaf> byId = leaves.ToDictionary(l => l.Node.FieldId!.Value, l => new Leaf(l.Type, l.Node.RepetitionLevel > 0));

    public void Add(LeafColumn leaf, ColumnChunk chunk) => byId[leaf.Node.FieldId!.Value].Add(leaf, chunk);

    public DataFile Describe(DataFile file) => file with
    {
        ColumnSizes = Map(l => l.Bytes),
        ValueCounts = Map(l => l.Values),
        NullValueCounts = Map(l => l.Nulls),
        NanValueCounts = byId.Where(l => l.Value.IsFloating).ToDictionary(l => l.Key, l => l.Value.Nans),
        LowerBounds = Bounds(l => l.Min is null ? null : SingleValue.TruncateLower(l.Min, l.Type)),
        UpperBounds = Bounds(l => l.Max is null ? null : SingleValue.TruncateUpper(l.Max, l.Type)),
    };

    private Dictionary<int, long> Map(Func<Leaf, long> select) => byId.ToDictionary(l => l.Key, l => select(l.Value));

    private Dictionary<int, byte[]> Bounds(Func<Leaf, object?> select)
    {
        var bounds = new Dictionary<int, byte[]>();
        foreach (var (id, leaf) in byId)
        {
            if (!leaf.IsRepeated && select(leaf) is { } bound)
            {
                bounds[id] = SingleValue.ToBinary(bound, leaf.Type);
            }
        }

        return bounds;
    }

    private sealed class Leaf(PrimitiveType type, bool isRepeated)
    {
        public PrimitiveType Type { get; } = type;

        public bool IsRepeated { get; } = isRepeated;

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
