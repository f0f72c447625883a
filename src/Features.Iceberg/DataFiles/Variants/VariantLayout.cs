namespace Features.Iceberg.DataFiles.Variants;

/// <summary>The low two bits of a value's first byte.</summary>
internal enum VariantBasicType
{
    Primitive = 0,
    ShortString = 1,
    Object = 2,
    Array = 3,
}

/// <summary>Primitive types, by the upper six bits of a value's first byte.</summary>
internal enum VariantPrimitive
{
    Null = 0,
    True = 1,
    False = 2,
    Int8 = 3,
    Int16 = 4,
    Int32 = 5,
    Int64 = 6,
    Double = 7,
    Decimal4 = 8,
    Decimal8 = 9,
    Decimal16 = 10,
    Date = 11,
    TimestampTz = 12,
    Timestamp = 13,
    Float = 14,
    Binary = 15,
    String = 16,
    Time = 17,
    TimestampTzNanos = 18,
    TimestampNanos = 19,
    Uuid = 20,
}

/// <summary>Where the elements of an object or array lie in its bytes ("Value encoding").</summary>
internal readonly ref struct VariantLayout
{
    private readonly ReadOnlySpan<byte> value;
    private readonly bool isObject;
    private readonly int idWidth;
    private readonly int offsetWidth;
    private readonly int idsAt;
    private readonly int offsetsAt;
    private readonly int valuesAt;

    /// <exception cref="InvalidDataException">It is neither, or damaged.</exception>
    public VariantLayout(ReadOnlySpan<byte> value)
    {
        this.value = value;
        var type = TypeOf(value);
        isObject = type == VariantBasicType.Object;
        if (!isObject && type != VariantBasicType.Array)
        {
            throw new InvalidDataException($"a variant is {type} where an object or array is wanted");
        }

        var header = value[0] >> 2;
        offsetWidth = (header & 3) + 1;
        idWidth = isObject ? ((header >> 2) & 3) + 1 : 0;
        var countWidth = ((header >> (isObject ? 4 : 2)) & 1) == 0 ? 1 : 4;
        Count = Number(value, 1, countWidth);
        var values = 1L + countWidth + ((long)Count * idWidth) + ((Count + 1L) * offsetWidth);
        if (values > value.Length)
        {
            throw new InvalidDataException($"a variant claims {Count} elements in {value.Length} bytes");
        }

        idsAt = 1 + countWidth;
        offsetsAt = idsAt + (Count * idWidth);
        valuesAt = (int)values;
    }

    public int Count { get; }

    /// <summary>The bytes of the whole.</summary>
    public int Length => checked(valuesAt + Number(value, offsetsAt + (Count * offsetWidth), offsetWidth));

    public static VariantBasicType TypeOf(ReadOnlySpan<byte> value) => value.IsEmpty ? throw new InvalidDataException("a variant has no bytes") : (VariantBasicType)(value[0] & 3);

    /// <summary>The id of an object's field.</summary>
    public int FieldId(int index) => Number(value, idsAt + (index * idWidth), idWidth);

    /// <summary>The bytes of an element from its first on; they may go on behind its last.</summary>
    public ReadOnlySpan<byte> Element(int index)
    {
        var start = Number(value, offsetsAt + (index * offsetWidth), offsetWidth);
        return start < value.Length - valuesAt ? value[(valuesAt + start)..] : throw new InvalidDataException("a variant is cut off");
    }

    /// <summary>An unsigned little-endian number of up to four bytes.</summary>
    public static int Number(ReadOnlySpan<byte> bytes, int at, int width)
    {
        if (at + width > bytes.Length)
        {
            throw new InvalidDataException("a variant is cut off");
        }

        var number = 0u;
        for (var i = 0; i < width; i++)
        {
            number |= (uint)bytes[at + i] << (8 * i);
        }

        return number <= int.MaxValue ? (int)number : throw new InvalidDataException($"a variant has a length of {number}");
    }
}
