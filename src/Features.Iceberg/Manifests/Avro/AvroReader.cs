using System.Buffers.Binary;
using System.Text;

namespace Features.Iceberg.Manifests.Avro;

/// <summary>Reads Avro's binary encoding. Every length is checked against what is left before anything is allocated.</summary>
internal ref struct AvroReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> rest = bytes;

    public readonly int Remaining => rest.Length;

    public bool ReadBoolean() => Take(1)[0] switch
    {
        0 => false,
        1 => true,
        var other => throw new InvalidDataException($"a boolean is {other}"),
    };

    public int ReadInt()
    {
        var value = ReadLong();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw new InvalidDataException($"the integer {value} has more than 32 bits");
    }

    public long ReadLong()
    {
        var encoded = 0UL;
        for (var i = 0; i < rest.Length && i < 10; i++)
        {
            var next = rest[i];
            encoded |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                rest = rest[(i + 1)..];
                return (long)(encoded >> 1) ^ -(long)(encoded & 1);
            }
        }

        throw new InvalidDataException(rest.Length < 10 ? "it ends within a number" : "a number has more than 64 bits");
    }

    public float ReadFloat() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public ReadOnlySpan<byte> ReadBytes() => Take(ReadLong());

    public string ReadString()
    {
        try
        {
            return StrictUtf8.GetString(ReadBytes());
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("a string is not UTF-8", e);
        }
    }

    public ReadOnlySpan<byte> ReadFixed(int size) => Take(size);

    public int ReadIndex(int count)
    {
        var index = ReadLong();
        return index >= 0 && index < count ? (int)index : throw new InvalidDataException($"a union or enum has index {index} of {count}");
    }

    /// <summary>The number of items in the next block of an array or map; 0 at its end.</summary>
    public int ReadBlockCount()
    {
        var count = ReadLong();
        if (count < 0)
        {
            _ = ReadLong();
            count = -count;
        }

        // Every item of Iceberg's arrays takes at least a byte.
        return count >= 0 && count <= rest.Length ? (int)count : throw new InvalidDataException($"an array claims {count} items in {rest.Length} bytes");
    }

    public void Skip(AvroSchema schema)
    {
        switch (schema)
        {
            case AvroPrimitive primitive:
                SkipPrimitive(primitive.Kind);
                break;
            case AvroFixed f:
                _ = Take(f.Size);
                break;
            case AvroEnum:
                _ = ReadLong();
                break;
            case AvroUnion union:
                Skip(union.Branches[ReadIndex(union.Branches.Count)]);
                break;
            case AvroRecord record:
                foreach (var field in record.Fields)
                {
                    Skip(field.Type);
                }

                break;
            case AvroArray array:
                for (var count = ReadBlockCount(); count > 0; count = ReadBlockCount())
                {
                    for (var i = 0; i < count; i++)
                    {
                        Skip(array.Items);
                    }
                }

                break;
            case AvroMap map:
                for (var count = ReadBlockCount(); count > 0; count = ReadBlockCount())
                {
                    for (var i = 0; i < count; i++)
                    {
                        _ = ReadBytes();
                        Skip(map.Values);
                    }
                }

                break;
        }
    }

    private void SkipPrimitive(AvroKind kind)
    {
        switch (kind)
        {
            case AvroKind.Boolean:
                _ = Take(1);
                break;
            case AvroKind.Int or AvroKind.Long:
                _ = ReadLong();
                break;
            case AvroKind.Float:
                _ = Take(4);
                break;
            case AvroKind.Double:
                _ = Take(8);
                break;
            case AvroKind.Bytes or AvroKind.String:
                _ = ReadBytes();
                break;
        }
    }

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > rest.Length)
        {
            throw new InvalidDataException($"a value claims {length} bytes where {rest.Length} are left");
        }

        var taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }
}
