using System.Text;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>The wire types of Thrift's compact protocol.</summary>
internal enum WireType : byte
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

/// <summary>Thrift's compact protocol over bytes that are not trusted: every value must end within them, and no count claims more than can be there.</summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    private const int DeepestNesting = 32;

    private ReadOnlySpan<byte> rest = bytes;
    private int lastField;
    private int depth;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => rest.Length;

    /// <summary>Enters a struct; what it returns goes to <see cref="End"/>.</summary>
    public int Begin()
    {
        if (++depth > DeepestNesting)
        {
            throw new InvalidDataException($"its metadata is nested more than {DeepestNesting} deep");
        }

        var outer = lastField;
        lastField = 0;
        return outer;
    }

    public void End(int outer)
    {
        depth--;
        lastField = outer;
    }

    /// <summary>The next field of the struct; false at its end.</summary>
    public bool Next(out int id, out WireType type)
    {
        var header = Byte();
        (id, type) = (0, (WireType)(header & 0x0F));
        if (header == 0)
        {
            return false;
        }

        id = header >> 4 == 0 ? (short)Zigzag(Number()) : lastField + (header >> 4);
        lastField = id;
        return true;
    }

    public static bool Boolean(WireType type) => type is WireType.True or WireType.False ? type == WireType.True : throw Unexpected(type);

    public int Int32(WireType type)
    {
        var value = Int64(type);
        return value == (int)value ? (int)value : throw new InvalidDataException($"its metadata has {value} where 32 bits are wanted");
    }

    public long Int64(WireType type) => type switch
    {
        WireType.I16 or WireType.I32 or WireType.I64 => Zigzag(Number()),
        WireType.Byte => (sbyte)Byte(),
        _ => throw Unexpected(type),
    };

    public ReadOnlySpan<byte> Binary(WireType type) => type == WireType.Binary ? Take(Number()) : throw Unexpected(type);

    public string String(WireType type) => Encoding.UTF8.GetString(Binary(type));

    /// <summary>Enters a list; as many elements follow.</summary>
    public int List(WireType type, out WireType element)
    {
        if (type is not (WireType.List or WireType.Set))
        {
            throw Unexpected(type);
        }

        var header = Byte();
        element = (WireType)(header & 0x0F);
        var count = header >> 4 == 15 ? Number() : (ulong)(header >> 4);
        // Each takes at least a byte.
        return count <= (ulong)rest.Length ? (int)count : throw new InvalidDataException($"its metadata claims {count} values in {rest.Length} bytes");
    }

    public void Skip(WireType type)
    {
        // A field that is true or false has its value in its header.
        if (type is not (WireType.True or WireType.False))
        {
            SkipValue(type);
        }
    }

    public void SkipStruct()
    {
        var outer = Begin();
        while (Next(out _, out var type))
        {
            Skip(type);
        }

        End(outer);
    }

    private static InvalidDataException Unexpected(WireType type) => new($"its metadata has a value of the unexpected type {type}");

    private static InvalidDataException CutOff() => new("its metadata is cut off");

    private static long Zigzag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    private void SkipValue(WireType type)
    {
        switch (type)
        {
            case WireType.True or WireType.False or WireType.Byte:
                _ = Byte();
                break;
            case WireType.I16 or WireType.I32 or WireType.I64:
                _ = Number();
                break;
            case WireType.Double:
                _ = Take(8);
                break;
            case WireType.Binary:
                _ = Take(Number());
                break;
            case WireType.List or WireType.Set:
                var count = List(type, out var element);
                SkipMany(count, element);
                break;
            case WireType.Map:
                SkipMap();
                break;
            case WireType.Struct:
                SkipStruct();
                break;
            case WireType.Uuid:
                _ = Take(16);
                break;
            default:
                throw new InvalidDataException($"its metadata has a value of the unknown type {(int)type}");
        }
    }

    private void SkipMap()
    {
        var count = Number();
        if (count > (ulong)rest.Length)
        {
            throw new InvalidDataException($"its metadata claims {count} values in {rest.Length} bytes");
        }

        if (count > 0)
        {
            var types = Byte();
            SkipMany((int)count, (WireType)(types >> 4), (WireType)(types & 0x0F));
        }
    }

    /// <summary>Leaves out the elements of a list, or with <paramref name="second"/> the entries of a map.</summary>
    public void SkipMany(int count, WireType type, WireType? second = null)
    {
        var outer = Begin();
        for (; count > 0; count--)
        {
            SkipValue(type);
            if (second is { } value)
            {
                SkipValue(value);
            }
        }

        End(outer);
    }

    private ulong Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("its metadata has a number of more than 64 bits");
    }

    private byte Byte()
    {
        var value = rest.IsEmpty ? throw CutOff() : rest[0];
        rest = rest[1..];
        return value;
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)rest.Length)
        {
            throw CutOff();
        }

        var taken = rest[..(int)count];
        rest = rest[(int)count..];
        return taken;
    }
}
