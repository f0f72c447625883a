using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>
/// Values in place of indices into a dictionary. Gathering knows no dictionaries: every batch may have another, and a shuffled batch would be of many. Strings,
/// binary values and whatever has a fixed width of bytes is decoded.
/// </summary>
internal static class DictionaryDecoder
{
    private const int Null = -1;

    /// <summary>The values that an array's indices mean.</summary>
    /// <param name="data">The array of indices.</param>
    /// <param name="values">Its dictionary, of plain values.</param>
    /// <param name="column">The column's name, for messages.</param>
    public static ArrayData Decode(ArrayData data, ArrayData values, string column)
    {
        var slots = Slots(data, values);
        var (bits, nulls) = Validity(slots);
        return values.DataType switch
        {
            StringType or BinaryType => DecodeBytes(slots, values, bits, nulls, column),
            FixedWidthType { BitWidth: >= 8 } width => DecodeFixed(slots, values, width.BitWidth / 8, bits, nulls),
            _ => throw new NotSupportedException($"column '{column}': a dictionary of '{values.DataType.Name}' values is not decoded; send or store plain values"),
        };
    }

    /// <summary>The dictionary's slot of each row; <see cref="Null"/> where the index or its value is null.</summary>
    private static int[] Slots(ArrayData data, ArrayData values)
    {
        var type = ((DictionaryType)data.DataType).IndexType;
        var slots = new int[data.Length];
        for (var i = 0; i < slots.Length; i++)
        {
            slots[i] = IsSet(data, i) && (int)Index(type, data.Buffers[1].Span, data.Offset + i) is var slot && IsSet(values, slot) ? slot : Null;
        }

        return slots;
    }

    private static long Index(IArrowType type, ReadOnlySpan<byte> indices, int row) => type switch
    {
        Int8Type => (sbyte)indices[row],
        UInt8Type => indices[row],
        Int16Type => BinaryPrimitives.ReadInt16LittleEndian(indices[(row * 2)..]),
        UInt16Type => BinaryPrimitives.ReadUInt16LittleEndian(indices[(row * 2)..]),
        Int32Type or UInt32Type => BinaryPrimitives.ReadInt32LittleEndian(indices[(row * 4)..]),
        _ => BinaryPrimitives.ReadInt64LittleEndian(indices[(row * 8)..]),
    };

    private static bool IsSet(ArrayData data, int row) =>
        data.Buffers[0].IsEmpty || (data.Buffers[0].Span[(data.Offset + row) >> 3] & (1 << ((data.Offset + row) & 7))) != 0;

    private static (ArrowBuffer Bits, int Nulls) Validity(int[] slots)
    {
        var (bits, nulls) = (new byte[(slots.Length + 7) / 8], 0);
        for (var i = 0; i < slots.Length; i++)
        {
            bits[i >> 3] |= (byte)(slots[i] == Null ? 0 : 1 << (i & 7));
            nulls += slots[i] == Null ? 1 : 0;
        }

        return (nulls == 0 ? ArrowBuffer.Empty : new ArrowBuffer(bits), nulls);
    }

    private static ArrayData DecodeFixed(int[] slots, ArrayData values, int width, ArrowBuffer bits, int nulls)
    {
        var (source, target) = (values.Buffers[1], new byte[checked(slots.Length * width)]);
        for (var i = 0; i < slots.Length; i++)
        {
            if (slots[i] != Null)
            {
                source.Span.Slice((values.Offset + slots[i]) * width, width).CopyTo(target.AsSpan(i * width));
            }
        }

        return new ArrayData(values.DataType, slots.Length, nulls, 0, [bits, new ArrowBuffer(target)]);
    }

    private static ArrayData DecodeBytes(int[] slots, ArrayData values, ArrowBuffer bits, int nulls, string column)
    {
        var starts = MemoryMarshal.Cast<byte, int>(values.Buffers[1].Span)[values.Offset..];
        var offsetBytes = new byte[(slots.Length + 1) * sizeof(int)];
        var offsets = MemoryMarshal.Cast<byte, int>(offsetBytes.AsSpan());
        for (var i = 0; i < slots.Length; i++)
        {
            var end = offsets[i] + (slots[i] == Null ? 0L : starts[slots[i] + 1] - starts[slots[i]]);
            offsets[i + 1] = end <= System.Array.MaxLength
                ? (int)end
                : throw new NotSupportedException($"column '{column}': the decoded values of one batch take more than 2 GiB; read or send smaller batches");
        }

        var source = values.Buffers[2].Span;
        var target = new byte[offsets[slots.Length]];
        for (var i = 0; i < slots.Length; i++)
        {
            if (slots[i] != Null)
            {
                source[starts[slots[i]]..starts[slots[i] + 1]].CopyTo(target.AsSpan(offsets[i]));
            }
        }

        return new ArrayData(values.DataType, slots.Length, nulls, 0, [bits, new ArrowBuffer(offsetBytes), new ArrowBuffer(target)]);
    }
}
