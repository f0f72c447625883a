using System.Buffers.Binary;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>LZ4 blocks: bare, and as Hadoop framed them. The runtime has no LZ4, and a block's format is a page long.</summary>
internal static class Lz4Block
{
    private const int ShortestMatch = 4, Extended = 15;

    /// <summary>Unpacks a block, and returns how many bytes it has.</summary>
    /// <exception cref="InvalidDataException">The block is damaged, or has more than the output takes.</exception>
    public static int Decompress(ReadOnlySpan<byte> packed, Span<byte> output)
    {
        var (at, count) = (0, 0);
        while (at < packed.Length)
        {
            var token = packed[at++];
            var literals = Length(packed, ref at, token >> 4);
            if (literals > packed.Length - at || literals > output.Length - count)
            {
                throw Damaged();
            }

            packed.Slice(at, literals).CopyTo(output[count..]);
            (at, count) = (at + literals, count + literals);
            // The last sequence ends with its literals.
            if (at == packed.Length)
            {
                return count;
            }

            if (packed.Length - at < 2)
            {
                throw Damaged();
            }

            var distance = BinaryPrimitives.ReadUInt16LittleEndian(packed[at..]);
            at += 2;
            var match = Length(packed, ref at, token & 15) + ShortestMatch;
            if (distance == 0 || distance > count || match > output.Length - count)
            {
                throw Damaged();
            }

            // The match may reach into what it makes.
            for (var end = count + match; count < end; count++)
            {
                output[count] = output[count - distance];
            }
        }

        return count;
    }

    /// <summary>Unpacks blocks that are each preceded by their unpacked and packed length (big-endian), or else one bare block: writers used the same codec for both.</summary>
    public static int DecompressHadoop(ReadOnlySpan<byte> packed, Span<byte> output)
    {
        try
        {
            return DecompressFrames(packed, output);
        }
        catch (InvalidDataException)
        {
            return Decompress(packed, output);
        }
    }

    private static int DecompressFrames(ReadOnlySpan<byte> packed, Span<byte> output)
    {
        var count = 0;
        while (packed.Length > 0)
        {
            if (packed.Length < 8)
            {
                throw Damaged();
            }

            var (unpacked, length) = (BinaryPrimitives.ReadUInt32BigEndian(packed), BinaryPrimitives.ReadUInt32BigEndian(packed[4..]));
            if (length > packed.Length - 8 || unpacked > output.Length - count || Decompress(packed.Slice(8, (int)length), output.Slice(count, (int)unpacked)) != unpacked)
            {
                throw Damaged();
            }

            count += (int)unpacked;
            packed = packed[(8 + (int)length)..];
        }

        return count;
    }

    private static int Length(ReadOnlySpan<byte> packed, ref int at, int length)
    {
        if (length < Extended)
        {
            return length;
        }

        while (true)
        {
            var more = at < packed.Length ? packed[at++] : throw Damaged();
            length = checked(length + more);
            if (more < 255)
            {
                return length;
            }
        }
    }

    private static InvalidDataException Damaged() => new("an LZ4 block of a page is damaged");
}
