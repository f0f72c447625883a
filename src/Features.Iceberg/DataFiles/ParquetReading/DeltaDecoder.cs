using System.Buffers.Binary;
using Bytes = System.ReadOnlyMemory<byte>;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Integers as differences in blocks of bit-packed miniblocks ("DELTA_BINARY_PACKED"), value by value: what the header claims takes no memory.</summary>
internal sealed class DeltaDecoder
{
    private readonly Bytes page;
    private readonly int miniblocks;
    private readonly long perMiniblock;
    private readonly long total;
    private int at;
    private long read;
    private long value;
    private long leastDelta;
    private int widthsAt;
    private int miniblock;
    private int width;
    private long leftInMiniblock;
    private long bit;
    private int miniblockEnd;

    public DeltaDecoder(Bytes page)
    {
        this.page = page;
        var block = (long)Number();
        var count = (long)Number();
        total = (long)Number();
        value = Zigzag(Number());
        if (count <= 0 || count > page.Length || block <= 0 || block % count != 0 || block / count % 8 != 0 || block > int.MaxValue || total < 0)
        {
            throw new InvalidDataException($"a page has {total} differences in blocks of {block} values and {count} parts");
        }

        (miniblocks, miniblock, perMiniblock) = ((int)count, (int)count, block / count);
    }

    /// <summary>How many values the header claims.</summary>
    public long Total => total;

    public long Next()
    {
        if (read == total)
        {
            throw new InvalidDataException("a page ends before its values do");
        }

        if (read++ > 0)
        {
            if (leftInMiniblock == 0)
            {
                BeginMiniblock();
            }

            leftInMiniblock--;
            value = unchecked(value + leastDelta + (long)Bits());
        }

        return value;
    }

    /// <summary>Passes over all values, and returns where their bytes end; the last part is filled up, whether or not there are values for it.</summary>
    public int SkipToEnd()
    {
        while (read < total)
        {
            _ = Next();
        }

        return Math.Max(at, miniblockEnd);
    }

    private static long Zigzag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    private void BeginMiniblock()
    {
        at = Math.Max(at, miniblockEnd);
        if (miniblock == miniblocks)
        {
            leastDelta = Zigzag(Number());
            widthsAt = at;
            at = miniblocks <= page.Length - at ? at + miniblocks : throw new InvalidDataException("a page ends before its values do");
            miniblock = 0;
        }

        width = page.Span[widthsAt + miniblock++];
        var bytes = perMiniblock / 8 * width;
        if (width > 64)
        {
            throw new InvalidDataException($"a page has differences of {width} bits");
        }

        // The last part may be cut where its values end.
        miniblockEnd = (int)Math.Min(at + bytes, page.Length);
        leftInMiniblock = perMiniblock;
        bit = at * 8L;
    }

    private ulong Bits()
    {
        if (width == 0)
        {
            return 0;
        }

        var first = (int)(bit >> 3);
        var shift = (int)(bit & 7);
        bit += width;
        if (bit > miniblockEnd * 8L)
        {
            throw new InvalidDataException("a page ends before its values do");
        }

        Span<byte> bytes = stackalloc byte[16];
        page.Span[first..Math.Min(first + 9, page.Length)].CopyTo(bytes);
        var bits = BinaryPrimitives.ReadUInt64LittleEndian(bytes) >> shift;
        if (shift + width > 64)
        {
            bits |= (ulong)bytes[8] << (64 - shift);
        }

        return width == 64 ? bits : bits & ((1UL << width) - 1);
    }

    private ulong Number()
    {
        ulong number = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var part = at < page.Length ? page.Span[at++] : throw new InvalidDataException("a page ends before its values do");
            number |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return number;
            }
        }

        throw new InvalidDataException("a page has a number of more than 64 bits");
    }
}

/// <summary>32-bit integers as differences, which wrap around.</summary>
internal sealed class DeltaInts(Bytes page) : ValueDecoder<int>
{
    private readonly DeltaDecoder deltas = new(page);

    public override void Read(Span<int> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = unchecked((int)deltas.Next());
        }
    }
}

/// <summary>64-bit integers as differences, which wrap around.</summary>
internal sealed class DeltaLongs(Bytes page) : ValueDecoder<long>
{
    private readonly DeltaDecoder deltas = new(page);

    public override void Read(Span<long> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = deltas.Next();
        }
    }
}

/// <summary>Byte strings whose lengths stand before all of them ("DELTA_LENGTH_BYTE_ARRAY").</summary>
internal sealed class DeltaLengthBytes(Bytes page) : ValueDecoder<Bytes>
{
    private readonly DeltaDecoder lengths = new(page);
    private Bytes rest = page[new DeltaDecoder(page).SkipToEnd()..];

    public override void Read(Span<Bytes> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var length = lengths.Next();
            if (length < 0 || length > rest.Length)
            {
                throw CutOff();
            }

            values[i] = rest[..(int)length];
            rest = rest[(int)length..];
        }
    }
}

/// <summary>Byte strings that each share a prefix with the one before ("DELTA_BYTE_ARRAY").</summary>
internal sealed class DeltaBytes(Bytes page) : ValueDecoder<Bytes>
{
    // A few bytes can claim a long prefix again and again.
    private const long Most = 1L << 30;

    private readonly DeltaDecoder prefixes = new(page);
    private readonly DeltaLengthBytes suffixes = new(page[new DeltaDecoder(page).SkipToEnd()..]);
    private Bytes last;
    private long made;

    public override void Read(Span<Bytes> values)
    {
        suffixes.Read(values);
        for (var i = 0; i < values.Length; i++)
        {
            var prefix = prefixes.Next();
            if (prefix < 0 || prefix > last.Length)
            {
                throw new InvalidDataException($"a page has a value that shares {prefix} bytes with one of {last.Length}");
            }

            if (prefix > 0)
            {
                var value = new byte[prefix + values[i].Length];
                last.Span[..(int)prefix].CopyTo(value);
                values[i].Span.CopyTo(value.AsSpan((int)prefix));
                values[i] = value;
                made += value.Length;
                if (made > Most)
                {
                    throw new NotSupportedException("a page of more than 1 GiB");
                }
            }

            last = values[i];
        }
    }
}
