using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Bytes = System.ReadOnlyMemory<byte>;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Decodes the values of one page that are present, some at a time; byte strings point into the page.</summary>
internal abstract class ValueDecoder<T>
    where T : struct
{
    /// <exception cref="InvalidDataException">The page has fewer values.</exception>
    public abstract void Read(Span<T> values);

    protected static InvalidDataException CutOff() => new("a page ends before its values do");
}

/// <summary>Numbers as they lie in memory.</summary>
internal sealed class PlainNumbers<T>(Bytes page) : ValueDecoder<T>
    where T : unmanaged
{
    private Bytes rest = page;

    public override void Read(Span<T> values)
    {
        var bytes = MemoryMarshal.AsBytes(values);
        if (bytes.Length > rest.Length)
        {
            throw CutOff();
        }

        rest.Span[..bytes.Length].CopyTo(bytes);
        rest = rest[bytes.Length..];
    }
}

/// <summary>Booleans, a bit each from the lowest.</summary>
internal sealed class PlainBooleans(Bytes page) : ValueDecoder<bool>
{
    private long at;

    public override void Read(Span<bool> values)
    {
        if (at + values.Length > page.Length * 8L)
        {
            throw CutOff();
        }

        var bytes = page.Span;
        for (var i = 0; i < values.Length; i++, at++)
        {
            values[i] = ((bytes[(int)(at >> 3)] >> (int)(at & 7)) & 1) != 0;
        }
    }
}

/// <summary>Booleans in runs, after their length in bytes.</summary>
internal sealed class RunLengthBooleans(Bytes page) : ValueDecoder<bool>
{
    private readonly RunLengthDecoder runs = new(LengthPrefixed.Take(ref page), 1);

    public override void Read(Span<bool> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = runs.Next() != 0;
        }
    }
}

/// <summary>Byte strings, each after its length.</summary>
internal sealed class PlainBytes(Bytes page) : ValueDecoder<Bytes>
{
    private Bytes rest = page;

    public override void Read(Span<Bytes> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = LengthPrefixed.Take(ref rest);
        }
    }
}

/// <summary>Byte strings of one length.</summary>
internal sealed class PlainFixed(Bytes page, int width) : ValueDecoder<Bytes>
{
    private Bytes rest = page;

    public override void Read(Span<Bytes> values)
    {
        if ((long)values.Length * width > rest.Length)
        {
            throw CutOff();
        }

        for (var i = 0; i < values.Length; i++)
        {
            values[i] = rest.Slice(i * width, width);
        }

        rest = rest[(values.Length * width)..];
    }
}

/// <summary>Indices into the chunk's dictionary, after their bit width.</summary>
internal sealed class DictionaryIndices<T> : ValueDecoder<T>
    where T : struct
{
    private readonly RunLengthDecoder? indices;
    private readonly T[] dictionary;

    public DictionaryIndices(Bytes page, T[] dictionary)
    {
        this.dictionary = dictionary;
        if (page.Length > 0)
        {
            var width = page.Span[0];
            indices = width <= 32 ? new RunLengthDecoder(page[1..], width) : throw new InvalidDataException($"a page has dictionary indices of {width} bits");
        }
    }

    public override void Read(Span<T> values)
    {
        if (indices is null)
        {
            throw CutOff();
        }

        for (var i = 0; i < values.Length; i++)
        {
            var index = indices.Next();
            values[i] = (uint)index < (uint)dictionary.Length ? dictionary[index] : throw new InvalidDataException($"a page has the dictionary index {(uint)index} where the dictionary has {dictionary.Length} values");
        }
    }
}

/// <summary>Numbers whose first bytes stand together, then their second bytes, and so on.</summary>
internal sealed class SplitNumbers<T>(Bytes page) : ValueDecoder<T>
    where T : unmanaged
{
    private readonly SplitBytes bytes = new(page, System.Runtime.CompilerServices.Unsafe.SizeOf<T>());

    public override void Read(Span<T> values) => bytes.Read(MemoryMarshal.AsBytes(values));
}

/// <summary>Byte strings of one length, split as <see cref="SplitNumbers{T}"/>.</summary>
internal sealed class SplitFixed(Bytes page, int width) : ValueDecoder<Bytes>
{
    private readonly SplitBytes bytes = new(page, width);

    public override void Read(Span<Bytes> values)
    {
        if ((long)values.Length * width > page.Length)
        {
            throw CutOff();
        }

        var together = new byte[values.Length * width];
        bytes.Read(together);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = together.AsMemory(i * width, width);
        }
    }
}

/// <summary>Puts split bytes together again.</summary>
internal sealed class SplitBytes(Bytes page, int width)
{
    private readonly int count = page.Length / width;
    private int at;

    public void Read(Span<byte> output)
    {
        var values = output.Length / width;
        if (values > count - at)
        {
            throw new InvalidDataException("a page ends before its values do");
        }

        for (var stream = 0; stream < width; stream++)
        {
            var bytes = page.Span.Slice((stream * count) + at, values);
            for (var i = 0; i < values; i++)
            {
                output[(i * width) + stream] = bytes[i];
            }
        }

        at += values;
    }
}

/// <summary>Bytes that their length precedes.</summary>
internal static class LengthPrefixed
{
    public static Bytes Take(ref Bytes rest)
    {
        var length = rest.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(rest.Span);
        if (length < 0 || length > rest.Length - 4)
        {
            throw new InvalidDataException($"a page has {length} bytes to read where {rest.Length} are left");
        }

        var taken = rest.Slice(4, length);
        rest = rest[(4 + length)..];
        return taken;
    }
}
