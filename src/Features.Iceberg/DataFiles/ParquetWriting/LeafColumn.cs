using System.Buffers;
using Apache.Arrow;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>The values of one leaf in the row group being collected: levels, plain-encoded values, counts and bounds.</summary>
internal abstract class LeafColumn(SchemaNode node)
{
    private readonly ArrayBufferWriter<byte> repetition = new();
    private readonly ArrayBufferWriter<byte> definition = new();

    public SchemaNode Node { get; } = node;

    public PrimitiveType Type { get; } = node.Leaf!;

    public PhysicalType Physical { get; } = PhysicalType.Of(node.Leaf!);

    /// <summary>Values with their nulls and, in lists and maps, empty ones.</summary>
    public int ValueCount { get; private set; }

    public int NullCount { get; private set; }

    public int NanCount { get; protected set; }

    public ReadOnlySpan<byte> RepetitionLevels => repetition.WrittenSpan;

    public ReadOnlySpan<byte> DefinitionLevels => definition.WrittenSpan;

    /// <summary>Distinct values, plain-encoded, if the values are given as indices to them; null if they are plain.</summary>
    public virtual ByteDictionary? Dictionary => null;

    public abstract long BufferedBytes { get; }

    /// <summary>The least and greatest value but NaN, as <see cref="SingleValue"/> represents them; null for none.</summary>
    public abstract (object? Min, object? Max) Bounds { get; }

    public static LeafColumn For(SchemaNode node) => PhysicalType.Of(node.Leaf!).Kind switch
    {
        PhysicalKind.Boolean => new BooleanLeaf(node),
        PhysicalKind.Int32 or PhysicalKind.Int64 => new IntegerLeaf(node),
        PhysicalKind.Float or PhysicalKind.Double => new FloatingLeaf(node),
        PhysicalKind.FixedLenByteArray => new FixedLeaf(node),
        _ => new BytesLeaf(node),
    };

    public void Append(IArrowArray array, Slots slots)
    {
        var present = ArrayPool<int>.Shared.Rent(Math.Max(slots.Count, 1));
        var count = 0;
        for (var i = 0; i < slots.Count; i++)
        {
            if (slots.Index[i] >= 0)
            {
                present[count++] = slots.Index[i];
            }
        }

        repetition.Write(slots.Repetition.AsSpan(0, slots.Count));
        definition.Write(slots.Definition.AsSpan(0, slots.Count));
        ValueCount += slots.Count;
        NullCount += slots.Count - count;
        AppendValues(array, present.AsSpan(0, count));
        ArrayPool<int>.Shared.Return(present);
    }

    public abstract void WriteValues(ArrayBufferWriter<byte> output);

    public void Clear()
    {
        repetition.ResetWrittenCount();
        definition.ResetWrittenCount();
        (ValueCount, NullCount, NanCount) = (0, 0, 0);
        ClearValues();
    }

    protected abstract void AppendValues(IArrowArray array, ReadOnlySpan<int> present);

    protected abstract void ClearValues();
}
