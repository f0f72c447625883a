using System.Buffers.Binary;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Parquet's run-length and bit-packing hybrid, value by value: a run's claimed length takes no memory.</summary>
internal sealed class RunLengthDecoder(ReadOnlyMemory<byte> bytes, int bitWidth)
{
    private readonly int[] packed = new int[8];
    private int at;
    private int repeated;
    private long repeats;
    private long groups;
    private int packedAt = 8;

    /// <summary>Levels up to a highest one; of v1 data pages, which put the length first.</summary>
    public static int BitWidth(int highest) => highest == 0 ? 0 : System.Numerics.BitOperations.Log2((uint)highest) + 1;

    public int Next()
    {
        if (repeats > 0)
        {
            repeats--;
            return repeated;
        }

        if (packedAt < 8)
        {
            return packed[packedAt++];
        }

        if (groups > 0)
        {
            groups--;
            Unpack();
            packedAt = 1;
            return packed[0];
        }

        BeginRun();
        return Next();
    }

    /// <summary>Fills the output; the values must lie within a byte.</summary>
    public void Read(Span<byte> output)
    {
        for (var i = 0; i < output.Length;)
        {
            if (repeats > 0)
            {
                var count = (int)Math.Min(repeats, output.Length - i);
                output.Slice(i, count).Fill((byte)repeated);
                (repeats, i) = (repeats - count, i + count);
            }
            else
            {
                output[i++] = (byte)Next();
            }
        }
    }

    private void BeginRun()
    {
        do
        {
            var header = Number();
            if ((header & 1) == 0)
            {
                repeats = header >> 1;
                repeated = Value();
            }
            else
            {
                groups = header >> 1;
            }
        }
        while (repeats == 0 && groups == 0);
    }

    private int Value()
    {
        var (value, width) = (0L, (bitWidth + 7) / 8);
        for (var i = 0; i < width; i++)
        {
            value |= (long)Byte() << (8 * i);
        }

        return bitWidth == 32 || value >> bitWidth == 0 ? (int)value : throw new InvalidDataException($"a run repeats {value}, which has more than {bitWidth} bits");
    }

    private void Unpack()
    {
        // Eight values take as many bytes as one takes bits. The last group may be cut where its values end.
        Span<byte> group = stackalloc byte[40];
        group.Clear();
        var have = Math.Min(bitWidth, bytes.Length - at);
        if (have == 0 && bitWidth > 0)
        {
            throw new InvalidDataException("a page ends before its levels or indices do");
        }

        bytes.Span.Slice(at, have).CopyTo(group);
        at += have;
        var mask = bitWidth == 32 ? uint.MaxValue : (1u << bitWidth) - 1;
        for (var i = 0; i < 8; i++)
        {
            var bit = i * bitWidth;
            packed[i] = (int)((uint)(BinaryPrimitives.ReadUInt64LittleEndian(group[(bit >> 3)..]) >> (bit & 7)) & mask);
        }
    }

    private long Number()
    {
        long value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = Byte();
            value |= (long)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a run's length has more than 32 bits");
    }

    private byte Byte() => at < bytes.Length ? bytes.Span[at++] : throw new InvalidDataException("a page ends before its levels or indices do");
}
