using System.Numerics;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Tests.Spec;

/// <summary>Random values of every primitive type that has some.</summary>
internal static class Values
{
    /// <summary>Text with all that makes text hard: surrogate pairs, the code points around them, the highest one.</summary>
    public static Gen<string> Text { get; } = Gen.OneOf(
        Gen.Int['a', 'c'],
        Gen.Const(0xD7FF),
        Gen.Const(0xE000),
        Gen.Const(0xFFFF),
        Gen.Const(0x10000),
        Gen.Const(0x10FFFF),
        Gen.Int[0x1F600, 0x1F64F]).Array[0, 8].Select(points => string.Concat(points.Select(char.ConvertFromUtf32)));

    /// <summary>A type and a value of it.</summary>
    public static Gen<(PrimitiveType Type, object Value)> Any { get; } = Gen.OneOf(
        Gen.Bool.Select(v => (new PrimitiveType(PrimitiveKind.Boolean), (object)v)),
        Gen.Int.Select(v => (new PrimitiveType(PrimitiveKind.Int), (object)v)),
        Gen.Int.Select(v => (new PrimitiveType(PrimitiveKind.Date), (object)v)),
        Gen.Long.Select(v => (new PrimitiveType(PrimitiveKind.Long), (object)v)),
        Gen.Long[0, 86_399_999_999].Select(v => (new PrimitiveType(PrimitiveKind.Time), (object)v)),
        Gen.Long.Select(v => (new PrimitiveType(PrimitiveKind.Timestamp), (object)v)),
        Gen.Long[-1L << 58, 1L << 58].Select(v => (new PrimitiveType(PrimitiveKind.TimestampTz), (object)v)),
        Gen.Long.Select(v => (new PrimitiveType(PrimitiveKind.TimestampNs), (object)v)),
        Gen.Long.Select(v => (new PrimitiveType(PrimitiveKind.TimestampTzNs), (object)v)),
        Gen.Float.Select(v => (new PrimitiveType(PrimitiveKind.Float), (object)v)),
        Gen.Double.Select(v => (new PrimitiveType(PrimitiveKind.Double), (object)v)),
        Gen.Select(Gen.Int[1, 38], Gen.Int[0, 38], Gen.Byte.Array[16]).Select((p, s, b) =>
            (new PrimitiveType(PrimitiveKind.Decimal, p, Math.Min(s, p)), (object)BigInteger.Remainder(new BigInteger(b), BigInteger.Pow(10, p)))),
        Text.Select(v => (new PrimitiveType(PrimitiveKind.String), (object)v)),
        Gen.Guid.Select(v => (new PrimitiveType(PrimitiveKind.Uuid), (object)v)),
        Gen.Byte.Array[5].Select(v => (new PrimitiveType(PrimitiveKind.Fixed, Length: 5), (object)v)),
        Gen.Byte.Array[0, 20].Select(v => (new PrimitiveType(PrimitiveKind.Binary), (object)v)));
}
