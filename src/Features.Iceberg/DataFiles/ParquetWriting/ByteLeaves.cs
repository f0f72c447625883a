using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Apache.Arrow;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>Strings and binary, through a dictionary while they repeat.</summary>
internal sealed class BytesLeaf(SchemaNode node) : LeafColumn(node)
{
    private readonly ArrayBufferWriter<byte> plain = new();
    private ByteDictionary? dictionary = new();
    private byte[]? min;
    private byte[]? max;

    public override ByteDictionary? Dictionary => dictionary is { Indices.Count: > 0 } ? dictionary : null;

    public override long BufferedBytes => plain.WrittenCount + (dictionary?.Bytes ?? 0);

    public override (object? Min, object? Max) Bounds => min is null ? (null, null) : (Single(min), Single(max!));

    public override void WriteValues(ArrayBufferWriter<byte> output)
    {
        if (Dictionary is { } indexed)
        {
            LevelEncoding.WriteIndices(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(indexed.Indices), LevelEncoding.BitWidth(indexed.Count - 1), output);
        }
        else
        {
            output.Write(plain.WrittenSpan);
        }
    }

    protected override void AppendValues(IArrowArray array, ReadOnlySpan<int> present)
    {
        var source = (BinaryArray)array;
        foreach (var i in present)
        {
            var value = source.GetBytes(i);
            Note(value);
            if (dictionary is not null && !dictionary.TryAdd(value))
            {
                dictionary.WritePlain(plain);
                dictionary = null;
            }

            if (dictionary is null)
            {
                ByteDictionary.WritePlain(value, plain);
            }
        }
    }

    protected override void ClearValues()
    {
        plain.ResetWrittenCount();
        dictionary = new ByteDictionary();
        (min, max) = (null, null);
    }

    // The order of UTF-8 bytes is that of code points.
    private void Note(ReadOnlySpan<byte> value)
    {
        if (min is null || value.SequenceCompareTo(min) < 0)
        {
            min = value.ToArray();
        }

        if (max is null || value.SequenceCompareTo(max) > 0)
        {
            max = value.ToArray();
        }
    }

    private object Single(byte[] value) => Type.Kind == PrimitiveKind.String ? Encoding.UTF8.GetString(value) : value;
}

/// <summary>Values of a fixed number of bytes: uuid, fixed, long decimals.</summary>
internal sealed class FixedLeaf(SchemaNode node) : LeafColumn(node)
{
    private readonly ArrayBufferWriter<byte> values = new();
    private byte[]? min;
    private byte[]? max;

    public override long BufferedBytes => values.WrittenCount;

    public override (object? Min, object? Max) Bounds => min is null ? (null, null) : (Single(min), Single(max!));

    public override void WriteValues(ArrayBufferWriter<byte> output) => output.Write(values.WrittenSpan);

    protected override void AppendValues(IArrowArray array, ReadOnlySpan<int> present)
    {
        var source = ((Apache.Arrow.Arrays.FixedSizeBinaryArray)array).ValueBuffer.Span;
        var isDecimal = Type.Kind == PrimitiveKind.Decimal;
        var width = isDecimal ? 16 : Physical.Length;
        var bigEndian = new byte[16];
        foreach (var i in present)
        {
            var value = source.Slice((array.Data.Offset + i) * width, width);
            if (isDecimal)
            {
                value.CopyTo(bigEndian);
                bigEndian.AsSpan().Reverse();
                value = bigEndian.AsSpan(16 - Physical.Length);
            }

            values.Write(value);
            if (min is null || Order(value, min) < 0)
            {
                min = value.ToArray();
            }

            if (max is null || Order(value, max) > 0)
            {
                max = value.ToArray();
            }
        }
    }

    protected override void ClearValues()
    {
        values.ResetWrittenCount();
        (min, max) = (null, null);
    }

    private int Order(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var bySign = Type.Kind == PrimitiveKind.Decimal ? ((sbyte)left[0] < 0 ? 0 : 1) - ((sbyte)right[0] < 0 ? 0 : 1) : 0;
        return bySign != 0 ? bySign : left.SequenceCompareTo(right);
    }

    private object Single(byte[] value) => Type.Kind switch
    {
        PrimitiveKind.Decimal => new BigInteger(value, isUnsigned: false, isBigEndian: true),
        PrimitiveKind.Uuid => new Guid(value, bigEndian: true),
        _ => value,
    };
}

/// <summary>Distinct byte strings in the order of their first occurrence, and each value's index among them.</summary>
internal sealed class ByteDictionary
{
    // Beyond this, looking values up costs more than repeating them.
    private const int MaxCount = 1 << 15, MaxBytes = 1 << 20;

    private readonly ArrayBufferWriter<byte> bytes = new();
    private readonly List<(int Start, int Length)> entries = [];
    private int[] table = new int[256];

    public List<int> Indices { get; } = [];

    public int Count => entries.Count;

    public long Bytes => bytes.WrittenCount + (4L * Indices.Count);

    /// <summary>The distinct values, plain-encoded.</summary>
    public ReadOnlySpan<byte> Plain => bytes.WrittenSpan;

    public static void WritePlain(ReadOnlySpan<byte> value, ArrayBufferWriter<byte> output)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), value.Length);
        output.Advance(4);
        output.Write(value);
    }

    /// <summary>False if the value is new and the dictionary is full.</summary>
    public bool TryAdd(ReadOnlySpan<byte> value)
    {
        var slot = Find(value);
        if (table[slot] == 0)
        {
            if (entries.Count == MaxCount || bytes.WrittenCount + value.Length > MaxBytes)
            {
                return false;
            }

            WritePlain(value, bytes);
            entries.Add((bytes.WrittenCount - value.Length, value.Length));
            table[slot] = entries.Count;
            Indices.Add(entries.Count - 1);
            if (entries.Count * 2 > table.Length)
            {
                Grow();
            }

            return true;
        }

        Indices.Add(table[slot] - 1);
        return true;
    }

    /// <summary>Writes every value added so far, in order.</summary>
    public void WritePlain(ArrayBufferWriter<byte> output)
    {
        foreach (var index in Indices)
        {
            WritePlain(Entry(index), output);
        }
    }

    private ReadOnlySpan<byte> Entry(int index) => bytes.WrittenSpan.Slice(entries[index].Start, entries[index].Length);

    private int Find(ReadOnlySpan<byte> value)
    {
        var slot = (int)(System.IO.Hashing.XxHash3.HashToUInt64(value) & (uint)(table.Length - 1));
        while (table[slot] != 0 && !Entry(table[slot] - 1).SequenceEqual(value))
        {
            slot = (slot + 1) & (table.Length - 1);
        }

        return slot;
    }

    private void Grow()
    {
        table = new int[table.Length * 2];
        for (var i = 0; i < entries.Count; i++)
        {
            table[Find(Entry(i))] = i + 1;
        }
    }
}
