using System.Buffers.Binary;
using System.Numerics;

namespace Features.Iceberg.Deletes;

/// <summary>The portable serialization of Roaring bitmaps: 32-bit ones, and the 64-bit one that is a count and then key and bitmap each (RoaringFormatSpec).</summary>
internal static class RoaringFormat
{
    private const int CookieWithoutRuns = 12346;
    private const int CookieWithRuns = 12347;
    private const int OffsetsFrom = 4;

    /// <summary>The positions that the bytes hold, all of them read.</summary>
    /// <exception cref="InvalidDataException">They are damaged, or a position is too large.</exception>
    public static DeletedPositions Read(ReadOnlySpan<byte> bytes)
    {
        var count = (long)BinaryPrimitives.ReadUInt64LittleEndian(Take(ref bytes, 8));
        // The smallest bitmap has a key, a cookie and a size.
        if (count < 0 || count > bytes.Length / 12)
        {
            throw new InvalidDataException($"it claims {count} bitmaps in {bytes.Length} bytes");
        }

        var bitmaps = new SortedList<int, RoaringBitmap>();
        for (var previous = -1; count > 0; count--)
        {
            var key = BinaryPrimitives.ReadInt32LittleEndian(Take(ref bytes, 4));
            if (key is < 0 or int.MaxValue)
            {
                throw new InvalidDataException($"the key {(uint)key} of a bitmap is above {int.MaxValue - 1}");
            }

            if (key <= previous)
            {
                throw new InvalidDataException($"the key {key} of a bitmap follows {previous}");
            }

            bitmaps.Add(key, ReadBitmap(ref bytes));
            previous = key;
        }

        return bytes.IsEmpty ? new DeletedPositions(bitmaps) : throw new InvalidDataException($"{bytes.Length} bytes follow the last bitmap");
    }

    /// <summary>The bytes of the positions, each container in its smallest form.</summary>
    public static byte[] Write(DeletedPositions positions)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write((ulong)positions.Bitmaps.Count);
        foreach (var (key, bitmap) in positions.Bitmaps)
        {
            writer.Write(key);
            WriteBitmap(writer, bitmap);
        }

        writer.Flush();
        return stream.ToArray();
    }

    private static RoaringBitmap ReadBitmap(ref ReadOnlySpan<byte> bytes)
    {
        var cookie = BinaryPrimitives.ReadUInt32LittleEndian(Take(ref bytes, 4));
        var hasRuns = (cookie & 0xFFFF) == CookieWithRuns;
        if (!hasRuns && cookie != CookieWithoutRuns)
        {
            throw new InvalidDataException($"a bitmap begins with {cookie} instead of {CookieWithoutRuns} or {CookieWithRuns}");
        }

        var size = hasRuns ? (cookie >> 16) + 1 : BinaryPrimitives.ReadUInt32LittleEndian(Take(ref bytes, 4));
        if (size > ushort.MaxValue + 1)
        {
            throw new InvalidDataException($"a bitmap claims {size} containers");
        }

        var isRun = hasRuns ? Take(ref bytes, ((int)size + 7) / 8) : default;
        var headers = Take(ref bytes, (int)size * 4);
        if (!hasRuns || size >= OffsetsFrom)
        {
            // Containers follow one another, so their offsets say nothing new.
            _ = Take(ref bytes, (int)size * 4);
        }

        var bitmap = new RoaringBitmap();
        for (var (i, previous) = (0, -1); i < size; i++)
        {
            var key = BinaryPrimitives.ReadUInt16LittleEndian(headers[(i * 4)..]);
            var cardinality = BinaryPrimitives.ReadUInt16LittleEndian(headers[((i * 4) + 2)..]) + 1;
            if (key <= previous)
            {
                throw new InvalidDataException($"the key {key} of a container follows {previous}");
            }

            RoaringContainer container = hasRuns && (isRun[i >> 3] >> (i & 7) & 1) != 0 ? ReadRuns(ref bytes)
                : cardinality > RoaringContainer.LargestArray ? ReadBits(ref bytes)
                : ReadArray(ref bytes, cardinality);
            if (container.Count != cardinality)
            {
                throw new InvalidDataException($"a container claims {cardinality} values and has {container.Count}");
            }

            bitmap.Append(key, container);
            previous = key;
        }

        return bitmap;
    }

    private static RoaringArray ReadArray(ref ReadOnlySpan<byte> bytes, int count)
    {
        var values = ReadNumbers(ref bytes, count);
        for (var i = 1; i < count; i++)
        {
            if (values[i] <= values[i - 1])
            {
                throw new InvalidDataException("the values of a container are not ascending");
            }
        }

        return new RoaringArray(values, count);
    }

    private static RoaringBits ReadBits(ref ReadOnlySpan<byte> bytes)
    {
        var taken = Take(ref bytes, RoaringBits.Words * 8);
        var words = new ulong[RoaringBits.Words];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt64LittleEndian(taken[(i * 8)..]);
        }

        return new RoaringBits(words, words.Sum(BitOperations.PopCount));
    }

    private static RoaringRuns ReadRuns(ref ReadOnlySpan<byte> bytes)
    {
        var count = BinaryPrimitives.ReadUInt16LittleEndian(Take(ref bytes, 2));
        var numbers = ReadNumbers(ref bytes, count * 2);
        var runs = new (ushort First, ushort More)[count];
        for (var (i, end) = (0, -1); i < count; i++)
        {
            runs[i] = (numbers[i * 2], numbers[(i * 2) + 1]);
            if (runs[i].First <= end || runs[i].First + runs[i].More > ushort.MaxValue)
            {
                throw new InvalidDataException("the runs of a container overlap or leave it");
            }

            end = runs[i].First + runs[i].More;
        }

        return new RoaringRuns(runs);
    }

    private static ushort[] ReadNumbers(ref ReadOnlySpan<byte> bytes, int count)
    {
        var taken = Take(ref bytes, count * 2);
        var numbers = new ushort[count];
        for (var i = 0; i < count; i++)
        {
            numbers[i] = BinaryPrimitives.ReadUInt16LittleEndian(taken[(i * 2)..]);
        }

        return numbers;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int length)
    {
        if (length > bytes.Length)
        {
            throw new InvalidDataException($"it is cut off: {length} bytes are needed where {bytes.Length} are left");
        }

        var taken = bytes[..length];
        bytes = bytes[length..];
        return taken;
    }

    private static void WriteBitmap(BinaryWriter writer, RoaringBitmap bitmap)
    {
        var containers = bitmap.Containers.Select(c => (c.Key, c.Container, Runs: RunsIfSmallest(c.Container))).ToArray();
        var hasRuns = containers.Any(c => c.Runs is not null);
        if (hasRuns)
        {
            writer.Write((uint)(CookieWithRuns | ((containers.Length - 1) << 16)));
            var isRun = new byte[(containers.Length + 7) / 8];
            for (var i = 0; i < containers.Length; i++)
            {
                isRun[i >> 3] |= (byte)((containers[i].Runs is null ? 0 : 1) << (i & 7));
            }

            writer.Write(isRun);
        }
        else
        {
            writer.Write((uint)CookieWithoutRuns);
            writer.Write((uint)containers.Length);
        }

        foreach (var (key, container, _) in containers)
        {
            writer.Write(key);
            writer.Write((ushort)(container.Count - 1));
        }

        if (!hasRuns || containers.Length >= OffsetsFrom)
        {
            var offset = (hasRuns ? 4 + ((containers.Length + 7) / 8) : 8) + (containers.Length * 8);
            foreach (var (_, container, runs) in containers)
            {
                writer.Write((uint)offset);
                offset += runs is not null ? 2 + (runs.Count * 4) : container.Count > RoaringContainer.LargestArray ? RoaringBits.Words * 8 : container.Count * 2;
            }
        }

        foreach (var (_, container, runs) in containers)
        {
            WriteContainer(writer, container, runs);
        }
    }

    private static void WriteContainer(BinaryWriter writer, RoaringContainer container, List<(ushort First, ushort More)>? runs)
    {
        if (runs is not null)
        {
            writer.Write((ushort)runs.Count);
            foreach (var (first, more) in runs)
            {
                writer.Write(first);
                writer.Write(more);
            }
        }
        else if (container.Count > RoaringContainer.LargestArray)
        {
            var words = new ulong[RoaringBits.Words];
            foreach (var value in container.Values())
            {
                words[value >> 6] |= 1UL << (value & 63);
            }

            foreach (var word in words)
            {
                writer.Write(word);
            }
        }
        else
        {
            foreach (var value in container.Values())
            {
                writer.Write(value);
            }
        }
    }

    private static List<(ushort First, ushort More)>? RunsIfSmallest(RoaringContainer container)
    {
        var runs = container.Runs();
        return 2 + (runs.Count * 4) < Math.Min(container.Count * 2, RoaringBits.Words * 8) ? runs : null;
    }
}
