using System.Buffers.Binary;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Features.Core.PointInTime;

namespace Features.Core.Online;

/// <summary>One value as bytes: little-endian, one zero and one NaN, texts in UTF-8, lists as a number and then each element with its own length (0 for null, else one more than it is).</summary>
internal static class StoredValue
{
    /// <summary>A function that writes the value of a row, which is not null.</summary>
    public static Action<ByteWriter, int> Writer(IArrowArray array, StoredType type) => array switch
    {
        BooleanArray a => (w, i) => w.Byte(a.GetValue(i)!.Value ? (byte)1 : (byte)0),
        Int8Array a => (w, i) => Int32(w, a.Values[i]),
        Int16Array a => (w, i) => Int32(w, a.Values[i]),
        Int32Array a => (w, i) => Int32(w, a.Values[i]),
        UInt8Array a => (w, i) => Int32(w, a.Values[i]),
        UInt16Array a => (w, i) => Int32(w, a.Values[i]),
        UInt32Array a => (w, i) => w.Fixed64(a.Values[i]),
        Int64Array a => (w, i) => w.Fixed64(a.Values[i]),
        FloatArray a => (w, i) => BinaryPrimitives.WriteSingleLittleEndian(w.Reserve(4), float.IsNaN(a.Values[i]) ? MathF.Abs(float.NaN) : a.Values[i] + 0f),
        DoubleArray a => (w, i) => BinaryPrimitives.WriteDoubleLittleEndian(w.Reserve(8), double.IsNaN(a.Values[i]) ? Math.Abs(double.NaN) : a.Values[i] + 0.0),
        Date32Array a => (w, i) => Int32(w, a.Values[i]),
        TimestampArray a => (w, i) => w.Fixed64(a.Values[i]),
        Decimal128Array a => (w, i) => w.Raw(a.ValueBuffer.Span.Slice((a.Offset + i) * 16, 16)),
        FixedSizeBinaryArray a => (w, i) => w.Raw(a.GetBytes(i)),
        BinaryArray a => (w, i) => w.Raw(a.GetBytes(i)),
        ListArray a => List(a, type.Element!),
        _ => throw new OnlineException($"a column of type {array.Data.DataType.Name} cannot be stored online"),
    };

    /// <summary>The value that the bytes are.</summary>
    public static FeatureValue Read(StoredType type, ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        return type.Kind switch
        {
            StoredKind.Boolean => FeatureValue.Of(span[0] != 0),
            StoredKind.Int32 => FeatureValue.Of((long)BinaryPrimitives.ReadInt32LittleEndian(span)),
            StoredKind.Int64 => FeatureValue.Of(BinaryPrimitives.ReadInt64LittleEndian(span)),
            StoredKind.Float32 => FeatureValue.Of((double)BinaryPrimitives.ReadSingleLittleEndian(span)),
            StoredKind.Float64 => FeatureValue.Of(BinaryPrimitives.ReadDoubleLittleEndian(span)),
            StoredKind.Date => FeatureValue.OfDate(BinaryPrimitives.ReadInt32LittleEndian(span)),
            StoredKind.Timestamp => FeatureValue.OfTimestamp(BinaryPrimitives.ReadInt64LittleEndian(span)),
            StoredKind.Decimal => FeatureValue.OfDecimal(BinaryPrimitives.ReadInt128LittleEndian(span), ((Apache.Arrow.Types.Decimal128Type)type.Type).Scale),
            StoredKind.Text => FeatureValue.Of(Encoding.UTF8.GetString(span)),
            StoredKind.Binary => FeatureValue.Of(span.ToArray()),
            _ => ReadList(type.Element!, bytes),
        };
    }

    /// <summary>A number as a double; booleans are 0 and 1.</summary>
    public static double AsDouble(StoredType type, ReadOnlySpan<byte> bytes) => type.Kind switch
    {
        StoredKind.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        StoredKind.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        _ => throw new InvalidOperationException($"{type.Kind} is no floating-point number"),
    };

    /// <summary>An integer, an unscaled decimal, or a boolean as 0 and 1.</summary>
    public static Int128 AsInteger(StoredType type, ReadOnlySpan<byte> bytes) => type.Kind switch
    {
        StoredKind.Boolean => bytes[0],
        StoredKind.Int32 or StoredKind.Date => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        StoredKind.Int64 or StoredKind.Timestamp => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        StoredKind.Decimal => BinaryPrimitives.ReadInt128LittleEndian(bytes),
        _ => throw new InvalidOperationException($"{type.Kind} is no integer"),
    };

    /// <summary>The order of two values: NaN is the greatest number, texts and binaries compare as bytes.</summary>
    public static int Compare(StoredType type, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => type.Kind switch
    {
        StoredKind.Text or StoredKind.Binary or StoredKind.List => left.SequenceCompareTo(right),
        StoredKind.Float32 or StoredKind.Float64 => OrderedDouble.Encode(AsDouble(type, left)).CompareTo(OrderedDouble.Encode(AsDouble(type, right))),
        _ => AsInteger(type, left).CompareTo(AsInteger(type, right)),
    };

    private static void Int32(ByteWriter writer, int value) => BinaryPrimitives.WriteInt32LittleEndian(writer.Reserve(4), value);

    private static Action<ByteWriter, int> List(ListArray array, StoredType element)
    {
        var write = Writer(array.Values, element);
        var scratch = new ByteWriter();
        return (writer, row) =>
        {
            var start = array.ValueOffsets[row];
            var count = array.GetValueLength(row);
            writer.Count(count);
            for (var i = start; i < start + count; i++)
            {
                if (array.Values.IsNull(i))
                {
                    writer.Count(0);
                    continue;
                }

                scratch.Clear();
                write(scratch, i);
                writer.Count(scratch.Length + 1).Raw(scratch.Written);
            }
        };
    }

    private static FeatureValue ReadList(StoredType element, ReadOnlyMemory<byte> bytes)
    {
        var cursor = new ByteCursor(bytes);
        var values = new FeatureValue[cursor.Count()];
        for (var i = 0; i < values.Length; i++)
        {
            var length = (int)cursor.Count();
            values[i] = length == 0 ? FeatureValue.Null : Read(element, cursor.Raw(length - 1));
        }

        return FeatureValue.OfList(values);
    }
}
