using System.Buffers.Binary;

namespace Features.Iceberg.Fuzzing;

/// <summary>Damage to bytes of any kind, decided by a seeded <see cref="Random"/>.</summary>
internal static class ByteMutation
{
    private static readonly long[] Lengths = [0, 1, -1, 127, 128, 255, 65_536, int.MaxValue, int.MinValue, 1L << 33, long.MaxValue, long.MinValue];

    /// <summary>One to four faults, each of its own kind; <paramref name="others"/> lend pieces.</summary>
    public static byte[] Of(byte[] bytes, IReadOnlyList<byte[]> others, Random random)
    {
        for (var left = random.Next(1, 5); left > 0; left--)
        {
            bytes = Once(bytes, others[random.Next(others.Count)], random);
        }

        return bytes;
    }

    private static byte[] Once(byte[] bytes, byte[] other, Random random)
    {
        if (bytes.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        // What describes the rest of a file stands at its ends.
        var at = random.Next(4) switch { 0 => random.Next(Math.Min(64, bytes.Length)), 1 => bytes.Length - 1 - random.Next(Math.Min(64, bytes.Length)), _ => random.Next(bytes.Length) };
        var length = Math.Min(bytes.Length - at, random.Next(1, random.Next(4) == 0 ? 4096 : 16));
        switch (random.Next(9))
        {
            case 0:
                return Changed(bytes, at, [(byte)(bytes[at] ^ (1 << random.Next(8)))]);
            case 1:
                return Changed(bytes, at, [(byte)random.Next(256)]);
            case 2:
                return bytes[..at];
            case 3:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 4:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 5:
                var noise = new byte[length];
                random.NextBytes(noise);
                return Changed(bytes, at, noise);
            case 6:
                var from = random.Next(other.Length);
                return [.. bytes[..at], .. other[from..Math.Min(other.Length, from + length)], .. bytes[at..]];
            case 7:
                return Changed(bytes, at, Fixed(Lengths[random.Next(Lengths.Length)], random));
            default:
                return Changed(bytes, at, Varint(Lengths[random.Next(Lengths.Length)]));
        }
    }

    private static byte[] Changed(byte[] bytes, int at, ReadOnlySpan<byte> with)
    {
        var changed = (byte[])bytes.Clone();
        with[..Math.Min(with.Length, bytes.Length - at)].CopyTo(changed.AsSpan(at));
        return changed;
    }

    private static byte[] Fixed(long value, Random random)
    {
        var bytes = new byte[random.Next(2) == 0 ? 4 : 8];
        switch (bytes.Length, random.Next(2))
        {
            case (4, 0): BinaryPrimitives.WriteInt32LittleEndian(bytes, unchecked((int)value)); break;
            case (4, _): BinaryPrimitives.WriteInt32BigEndian(bytes, unchecked((int)value)); break;
            case (_, 0): BinaryPrimitives.WriteInt64LittleEndian(bytes, value); break;
            default: BinaryPrimitives.WriteInt64BigEndian(bytes, value); break;
        }

        return bytes;
    }

    // Avro and Thrift both write lengths so.
    private static byte[] Varint(long value)
    {
        var bytes = new List<byte>();
        var rest = (ulong)((value << 1) ^ (value >> 63));
        for (; rest >= 0x80; rest >>= 7)
        {
            bytes.Add((byte)(rest | 0x80));
        }

        return [.. bytes, (byte)rest];
    }
}
