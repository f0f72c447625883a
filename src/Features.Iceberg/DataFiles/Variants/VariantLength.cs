namespace Features.Iceberg.DataFiles.Variants;

/// <summary>How long values are; an object's elements need not stand in the order of its fields, so that only the value itself tells.</summary>
internal static class VariantLength
{
    /// <exception cref="InvalidDataException">The value is cut off.</exception>
    public static int Of(ReadOnlySpan<byte> value)
    {
        var length = VariantLayout.TypeOf(value) switch
        {
            VariantBasicType.ShortString => 1 + (value[0] >> 2),
            VariantBasicType.Primitive => 1 + OfPrimitive((VariantPrimitive)(value[0] >> 2), value),
            _ => new VariantLayout(value).Length,
        };
        return length <= value.Length ? length : throw new InvalidDataException("a variant is cut off");
    }

    private static int OfPrimitive(VariantPrimitive type, ReadOnlySpan<byte> value) => type switch
    {
        VariantPrimitive.Null or VariantPrimitive.True or VariantPrimitive.False => 0,
        VariantPrimitive.Int8 => 1,
        VariantPrimitive.Int16 => 2,
        VariantPrimitive.Int32 or VariantPrimitive.Float or VariantPrimitive.Date => 4,
        VariantPrimitive.Decimal4 => 5,
        VariantPrimitive.Decimal8 => 9,
        VariantPrimitive.Decimal16 => 17,
        VariantPrimitive.Uuid => 16,
        VariantPrimitive.Binary or VariantPrimitive.String => checked(4 + VariantLayout.Number(value, 1, 4)),
        <= VariantPrimitive.TimestampNanos => 8,
        _ => throw new InvalidDataException($"a variant has the unknown type {(int)type}"),
    };
}
