using System.Buffers.Binary;
using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;

namespace Features.Core.TrainingSets;

/// <summary>Cells as the bytes that the digest specifies (<c>schemas/digest</c>, "Cells").</summary>
internal sealed class CanonicalCells
{
    private byte[] buffer = new byte[1 << 16];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>The type's name in the header, as a table's schema writes it; null for a type without an encoding.</summary>
    public static string? TypeName(IArrowType type) => type switch
    {
        BooleanType => "boolean",
        Int32Type => "int",
        Int64Type => "long",
        FloatType => "float",
        DoubleType => "double",
        Date32Type => "date",
        Time64Type { Unit: TimeUnit.Microsecond } => "time",
        TimestampType { Unit: TimeUnit.Microsecond, Timezone: null or "" } => "timestamp",
        TimestampType { Unit: TimeUnit.Microsecond } => "timestamptz",
        StringType => "string",
        BinaryType => "binary",
        Decimal128Type d => string.Create(CultureInfo.InvariantCulture, $"decimal({d.Precision}, {d.Scale})"),
        UInt8Type => "ubyte",
        HalfFloatType => "half",
        FixedSizeListType { ValueDataType: var element } l when TypeName(element) is { } name => string.Create(CultureInfo.InvariantCulture, $"{name}[{l.ListSize}]"),
        FixedSizeBinaryType f => string.Create(CultureInfo.InvariantCulture, $"fixed[{f.ByteWidth}]"),
        _ => null,
    };

    /// <summary>A function that appends the cell of a row of this array.</summary>
    public Action<int> Writer(IArrowArray array)
    {
        Action<int> value = array switch
        {
            BooleanArray a => i => Byte(a.GetValue(i)!.Value ? (byte)1 : (byte)0),
            UInt8Array a => i => Byte(a.Values[i]),
            HalfFloatArray a => i => Half(a.Values[i]),
            Int32Array a => i => Int(a.Values[i]),
            Int64Array a => i => Long(a.Values[i]),
            FloatArray a => i => Int(float.IsNaN(a.Values[i]) ? 0x7FC0_0000 : BitConverter.SingleToInt32Bits(a.Values[i] + 0f)),
            DoubleArray a => i => Long(double.IsNaN(a.Values[i]) ? 0x7FF8_0000_0000_0000 : BitConverter.DoubleToInt64Bits(a.Values[i] + 0d)),
            Date32Array a => i => Int(a.Values[i]),
            Time64Array a => i => Long(a.Values[i]),
            TimestampArray a => i => Long(a.Values[i]),
            FixedSizeListArray a => Elements(a),
            // Decimals are fixed-size binaries to the class library: 16 bytes, least first, as the encoding has them.
            FixedSizeBinaryArray a => i => Raw(a.GetBytes(i)),
            BinaryArray a => i => Counted(a.GetBytes(i)),
            _ => throw new InvalidOperationException($"no encoding of {array.Data.DataType.Name}"),
        };
        return i =>
        {
            Byte(array.IsNull(i) ? (byte)0 : (byte)1);
            if (!array.IsNull(i))
            {
                value(i);
            }
        };
    }

    public void Counted(ReadOnlySpan<byte> bytes)
    {
        Int(bytes.Length);
        Raw(bytes);
    }

    public void Long(long value)
    {
        Ensure(8);
        BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(Length), value);
        Length += 8;
    }

    public void Int(int value)
    {
        Ensure(4);
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(Length), value);
        Length += 4;
    }

    private Action<int> Elements(FixedSizeListArray array)
    {
        var size = ((FixedSizeListType)array.Data.DataType).ListSize;
        var element = Writer(array.Values);
        return row =>
        {
            var first = (array.Offset + row) * size;
            for (var i = 0; i < size; i++)
            {
                element(first + i);
            }
        };
    }

    private void Half(Half value)
    {
        Ensure(2);
        BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(Length), System.Half.IsNaN(value) ? (ushort)0x7E00 : BitConverter.HalfToUInt16Bits(value == System.Half.Zero ? System.Half.Zero : value));
        Length += 2;
    }

    private void Byte(byte value)
    {
        Ensure(1);
        buffer[Length++] = value;
    }

    private void Raw(ReadOnlySpan<byte> bytes)
    {
        Ensure(bytes.Length);
        bytes.CopyTo(buffer.AsSpan(Length));
        Length += bytes.Length;
    }

    private void Ensure(int more)
    {
        if (Length + more > buffer.Length)
        {
            System.Array.Resize(ref buffer, Math.Max(buffer.Length * 2, Length + more));
        }
    }
}
