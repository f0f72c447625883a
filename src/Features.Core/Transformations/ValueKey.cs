using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.PointInTime;

namespace Features.Core.Transformations;

/// <summary>A value that is told apart from others: a text, or a 64-bit integer whose order is that of the values (as in <see cref="OrderedDouble"/>).</summary>
internal readonly record struct ValueKey(string? Text, long Number) : IComparable<ValueKey>
{
    /// <summary>Ordered as the canonical row order has it: texts by their UTF-8 bytes.</summary>
    public int CompareTo(ValueKey other) => Text is null || other.Text is null
        ? Number.CompareTo(other.Number)
        : Encoding.UTF8.GetBytes(Text).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other.Text));

    public static bool operator <(ValueKey left, ValueKey right) => left.CompareTo(right) < 0;

    public static bool operator >(ValueKey left, ValueKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(ValueKey left, ValueKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ValueKey left, ValueKey right) => left.CompareTo(right) >= 0;

    /// <summary>A function from a row of an array to its key; the row is not null.</summary>
    public static Func<int, ValueKey> Of(IArrowArray array) => array switch
    {
        BooleanArray a => i => new(null, a.GetValue(i)!.Value ? 1 : 0),
        Int32Array a => i => new(null, a.Values[i]),
        Int64Array a => i => new(null, a.Values[i]),
        FloatArray a => i => new(null, OrderedDouble.Encode(a.Values[i])),
        DoubleArray a => i => new(null, OrderedDouble.Encode(a.Values[i])),
        Date32Array a => i => new(null, a.Values[i]),
        TimestampArray a => i => new(null, a.Values[i]),
        StringArray a => i => new(a.GetString(i), 0),
        _ => throw new InvalidOperationException($"no key of {array.Data.DataType.Name}"),
    };

    /// <summary>XxHash64, seed 0, of the value's cell in the digest's encoding (<c>schemas/digest</c>, "Cells").</summary>
    public ulong Hash(IArrowType type)
    {
        if (Text is not null)
        {
            var length = Encoding.UTF8.GetByteCount(Text);
            var bytes = length <= 512 ? stackalloc byte[5 + length] : new byte[5 + length];
            bytes[0] = 1;
            BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], length);
            Encoding.UTF8.GetBytes(Text, bytes[5..]);
            return XxHash64.HashToUInt64(bytes);
        }

        Span<byte> cell = stackalloc byte[9];
        cell[0] = 1;
        switch (type)
        {
            case BooleanType:
                cell[1] = (byte)Number;
                return XxHash64.HashToUInt64(cell[..2]);
            case Int32Type or Date32Type:
                BinaryPrimitives.WriteInt32LittleEndian(cell[1..], (int)Number);
                return XxHash64.HashToUInt64(cell[..5]);
            case FloatType:
                var single = (float)OrderedDouble.Decode(Number);
                BinaryPrimitives.WriteInt32LittleEndian(cell[1..], float.IsNaN(single) ? 0x7FC0_0000 : BitConverter.SingleToInt32Bits(single));
                return XxHash64.HashToUInt64(cell[..5]);
            case DoubleType:
                var value = OrderedDouble.Decode(Number);
                BinaryPrimitives.WriteInt64LittleEndian(cell[1..], double.IsNaN(value) ? 0x7FF8_0000_0000_0000 : BitConverter.DoubleToInt64Bits(value));
                return XxHash64.HashToUInt64(cell);
            default:
                BinaryPrimitives.WriteInt64LittleEndian(cell[1..], Number);
                return XxHash64.HashToUInt64(cell);
        }
    }
}
