using System.Buffers.Binary;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>
/// Walks a footer (Thrift compact protocol) without reading it: every value must end within its bytes. Parquet.Net reads on for ever behind the end of a damaged one.
/// </summary>
internal ref struct FooterStructure(ReadOnlySpan<byte> rest)
{
    private const int DeepestNesting = 32;
    private const int TailBytes = 8;
    private ReadOnlySpan<byte> rest = rest;

    private enum WireType : byte
    {
        Stop = 0,
        True = 1,
        False = 2,
        Byte = 3,
        I16 = 4,
        I32 = 5,
        I64 = 6,
        Double = 7,
        Binary = 8,
        List = 9,
        Set = 10,
        Map = 11,
        Struct = 12,
        Uuid = 13,
    }

    /// <summary>Checks the footer of a file; the stream is left anywhere.</summary>
    /// <exception cref="InvalidDataException">It does not end where it must.</exception>
    public static async Task CheckAsync(Stream file, CancellationToken cancellationToken)
    {
        var tail = new byte[TailBytes];
        file.Seek(-TailBytes, SeekOrigin.End);
        await file.ReadExactlyAsync(tail, cancellationToken).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (length < 1 || length > file.Length - TailBytes - sizeof(int))
        {
            throw new InvalidDataException($"its footer claims {length} bytes in a file of {file.Length}");
        }

        var footer = new byte[length];
        file.Seek(-TailBytes - length, SeekOrigin.End);
        await file.ReadExactlyAsync(footer, cancellationToken).ConfigureAwait(false);
        new FooterStructure(footer).SkipStruct(0);
    }

    private void SkipStruct(int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new InvalidDataException($"its footer is nested more than {DeepestNesting} deep");
        }

        for (var header = Next(); header != 0; header = Next())
        {
            if (header >> 4 == 0)
            {
                // The field id stands by itself when it is no small step from the last.
                _ = Number();
            }

            var type = (WireType)(header & 0x0F);
            if (type is not (WireType.True or WireType.False))
            {
                Skip(type, depth);
            }
        }
    }

    private void Skip(WireType type, int depth)
    {
        switch (type)
        {
            case WireType.True or WireType.False or WireType.Byte:
                Take(1);
                break;
            case WireType.I16 or WireType.I32 or WireType.I64:
                _ = Number();
                break;
            case WireType.Double:
                Take(8);
                break;
            case WireType.Binary:
                Take(Number());
                break;
            case WireType.List or WireType.Set:
                var header = Next();
                SkipMany(header >> 4 == 15 ? Number() : (ulong)(header >> 4), (WireType)(header & 0x0F), null, depth);
                break;
            case WireType.Map:
                if (Number() is > 0 and var entries)
                {
                    var types = Next();
                    SkipMany(entries, (WireType)(types >> 4), (WireType)(types & 0x0F), depth);
                }

                break;
            case WireType.Struct:
                SkipStruct(depth + 1);
                break;
            case WireType.Uuid:
                Take(16);
                break;
            default:
                throw new InvalidDataException($"its footer has a value of the unknown type {(int)type}");
        }
    }

    private void SkipMany(ulong count, WireType type, WireType? second, int depth)
    {
        // Each takes at least a byte.
        if (count > (ulong)rest.Length || depth > DeepestNesting)
        {
            throw new InvalidDataException($"its footer claims {count} values in {rest.Length} bytes");
        }

        for (; count > 0; count--)
        {
            Skip(type, depth + 1);
            if (second is { } value)
            {
                Skip(value, depth + 1);
            }
        }
    }

    private ulong Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Next();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("its footer has a number of more than 64 bits");
    }

    private byte Next()
    {
        var value = rest.IsEmpty ? throw CutOff() : rest[0];
        rest = rest[1..];
        return value;
    }

    private void Take(ulong bytes) => rest = bytes <= (ulong)rest.Length ? rest[(int)bytes..] : throw CutOff();

    private static InvalidDataException CutOff() => new("its footer is cut off");
}
