using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using Apache.Arrow;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>Booleans, a bit each.</summary>
internal sealed class BooleanLeaf(SchemaNode node) : LeafColumn(node)
{
    private readonly List<bool> values = [];
    private bool hasTrue;
    private bool hasFalse;

    public override long BufferedBytes => values.Count;

    public override (object? Min, object? Max) Bounds => values.Count == 0 ? (null, null) : (!hasFalse, hasTrue);

    public override void WriteValues(ArrayBufferWriter<byte> output)
    {
        var bytes = output.GetSpan((values.Count + 7) / 8)[..((values.Count + 7) / 8)];
        bytes.Clear();
        for (var i = 0; i < values.Count; i++)
        {
            bytes[i >> 3] |= (byte)((values[i] ? 1 : 0) << (i & 7));
        }

        output.Advance(bytes.Length);
    }

    protected override void AppendValues(IArrowArray array, ReadOnlySpan<int> present)
    {
        var source = (BooleanArray)array;
        foreach (var i in present)
        {
            var value = source.GetValue(i)!.Value;
            hasTrue |= value;
            hasFalse |= !value;
            values.Add(value);
        }
    }

    protected override void ClearValues()
    {
        values.Clear();
        (hasTrue, hasFalse) = (false, false);
    }
}

/// <summary>Everything that is an integer of 32 or 64 bits in Parquet: numbers, dates, times, short decimals.</summary>
internal sealed class IntegerLeaf(SchemaNode node) : LeafColumn(node)
{
    private readonly ArrayBufferWriter<byte> values = new();
    private long min = long.MaxValue;
    private long max = long.MinValue;

    public override long BufferedBytes => values.WrittenCount;

    public override (object? Min, object? Max) Bounds => min > max ? (null, null) : (Single(min), Single(max));

    public override void WriteValues(ArrayBufferWriter<byte> output) => output.Write(values.WrittenSpan);

    protected override void AppendValues(IArrowArray array, ReadOnlySpan<int> present)
    {
        switch (array)
        {
            case Int32Array a:
                Add(a.Values, present);
                break;
            case Date32Array a:
                Add(a.Values, present);
                break;
            case Int64Array a:
                Add(a.Values, present);
                break;
            case Time64Array a:
                Add(a.Values, present);
                break;
            case TimestampArray a:
                Add(a.Values, present);
                break;
            case Decimal128Array a:
                foreach (var i in present)
                {
                    // The low half holds all of it: the column's precision is at most 18 digits.
                    Add(BinaryPrimitives.ReadInt64LittleEndian(a.ValueBuffer.Span[((a.Offset + i) * 16)..]));
                }

                break;
        }
    }

    protected override void ClearValues()
    {
        values.ResetWrittenCount();
        (min, max) = (long.MaxValue, long.MinValue);
    }

    private void Add(ReadOnlySpan<int> source, ReadOnlySpan<int> present)
    {
        foreach (var i in present)
        {
            Add(source[i]);
        }
    }

    private void Add(ReadOnlySpan<long> source, ReadOnlySpan<int> present)
    {
        foreach (var i in present)
        {
            Add(source[i]);
        }
    }

    private void Add(long value)
    {
        min = Math.Min(min, value);
        max = Math.Max(max, value);
        if (Physical.Kind == PhysicalKind.Int32)
        {
            BinaryPrimitives.WriteInt32LittleEndian(values.GetSpan(4), (int)value);
            values.Advance(4);
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(values.GetSpan(8), value);
            values.Advance(8);
        }
    }

    private object Single(long value) => Type.Kind switch
    {
        // Boxed one by one, or the arms would all become BigInteger.
        PrimitiveKind.Decimal => (object)new BigInteger(value),
        PrimitiveKind.Int or PrimitiveKind.Date => (object)(int)value,
        _ => (object)value,
    };
}

/// <summary>Float and double; NaN is counted and never a bound.</summary>
internal sealed class FloatingLeaf(SchemaNode node) : LeafColumn(node)
{
    private readonly ArrayBufferWriter<byte> values = new();
    private double? min;
    private double? max;

    public override long BufferedBytes => values.WrittenCount;

    public override (object? Min, object? Max) Bounds
    {
        get
        {
            object? least = min, greatest = max;
            return Type.Kind == PrimitiveKind.Float ? ((float?)min, (float?)max) : (least, greatest);
        }
    }

    public override void WriteValues(ArrayBufferWriter<byte> output) => output.Write(values.WrittenSpan);

    protected override void AppendValues(IArrowArray array, ReadOnlySpan<int> present)
    {
        if (array is FloatArray floats)
        {
            foreach (var i in present)
            {
                BinaryPrimitives.WriteSingleLittleEndian(values.GetSpan(4), floats.Values[i]);
                values.Advance(4);
                Note(floats.Values[i]);
            }

            return;
        }

        var doubles = (DoubleArray)array;
        foreach (var i in present)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(values.GetSpan(8), doubles.Values[i]);
            values.Advance(8);
            Note(doubles.Values[i]);
        }
    }

    protected override void ClearValues()
    {
        values.ResetWrittenCount();
        (min, max) = (null, null);
    }

    private void Note(double value)
    {
        if (double.IsNaN(value))
        {
            NanCount++;
            return;
        }

        // CompareTo holds the two zeros equal; bounds order -0 before +0.
        if (min is null || value < min || (value == min && double.IsNegative(value)))
        {
            min = value;
        }

        if (max is null || value > max || (value == max && !double.IsNegative(value)))
        {
            max = value;
        }
    }
}
