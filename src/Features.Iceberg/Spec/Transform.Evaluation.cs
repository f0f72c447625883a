using System.Buffers.Binary;
using System.Numerics;

namespace Features.Iceberg.Spec;

public sealed partial record Transform
{
    private static readonly PrimitiveType IntType = new(PrimitiveKind.Int);

    private static readonly DateOnly Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    /// <summary>The type of the transformed value; a source that the transform does not take is refused. An unknown transform gives unknown.</summary>
    /// <exception cref="InvalidTableArgumentException">The transform does not take this type.</exception>
    public PrimitiveType ResultType(IcebergType source) => (Kind, source) switch
    {
        (TransformKind.Unknown, _) => new PrimitiveType(PrimitiveKind.Unknown),
        (TransformKind.Void, PrimitiveType p) => p,
        (TransformKind.Void, _) => new PrimitiveType(PrimitiveKind.Unknown),
        (TransformKind.Identity, PrimitiveType { Kind: not (PrimitiveKind.Variant or PrimitiveKind.Geometry or PrimitiveKind.Geography) } p) => p,
        (TransformKind.Bucket, PrimitiveType { Kind: PrimitiveKind.Int or PrimitiveKind.Long or PrimitiveKind.Decimal or PrimitiveKind.Date or PrimitiveKind.Time or PrimitiveKind.String
            or PrimitiveKind.Uuid or PrimitiveKind.Fixed or PrimitiveKind.Binary }) => IntType,
        (TransformKind.Truncate, PrimitiveType { Kind: PrimitiveKind.Int or PrimitiveKind.Long or PrimitiveKind.Decimal or PrimitiveKind.String or PrimitiveKind.Binary } p) => p,
        (TransformKind.Day, PrimitiveType { Kind: PrimitiveKind.Date }) => new PrimitiveType(PrimitiveKind.Date),
        (TransformKind.Year or TransformKind.Month, PrimitiveType { Kind: PrimitiveKind.Date }) => IntType,
        (TransformKind.Year or TransformKind.Month or TransformKind.Day or TransformKind.Hour or TransformKind.Bucket, PrimitiveType
        {
            Kind: PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs
        }) => Kind == TransformKind.Day ? new PrimitiveType(PrimitiveKind.Date) : IntType,
        _ => throw new InvalidTableArgumentException($"transform {this} does not take {SchemaJson.NameOf(source)}; choose another transform or column"),
    };

    /// <summary>The transformed value of one value of type <paramref name="source"/>, both as <see cref="SingleValue"/> represents them; null of null.</summary>
    /// <exception cref="UnsupportedFeatureException">The transform is unknown.</exception>
    /// <exception cref="InvalidTableArgumentException">The transform does not take this type.</exception>
    public object? Apply(object? value, PrimitiveType source)
    {
        if (Kind == TransformKind.Unknown)
        {
            throw new UnsupportedFeatureException("evaluating a partition transform", ToString(), "write to a partition spec whose transforms are known");
        }

        if (value is null || Kind == TransformKind.Void)
        {
            return null;
        }

        _ = ResultType(source);
        return Kind switch
        {
            TransformKind.Identity => value,
            TransformKind.Bucket => (Hash(value, source) & int.MaxValue) % Width,
            TransformKind.Truncate => Truncated(value, source),
            TransformKind.Day => DaysOf(value, source),
            TransformKind.Hour => (int)FloorDivide((long)value, 3600 * UnitsPerSecond(source)),
            TransformKind.Month => YearAndMonth(DaysOf(value, source)) is var (year, month) ? (int)(((year - 1970) * 12) + month - 1) : 0,
            _ => (int)(YearAndMonth(DaysOf(value, source)).Year - 1970),
        };
    }

    /// <summary>The 32-bit hash of Appendix B, which equal values of promotable types share.</summary>
    internal static int Hash(object value, PrimitiveType source) => value switch
    {
        int i => HashLong(i),
        long nanos when source.Kind is PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs => HashLong(FloorDivide(nanos, 1000)),
        long l => HashLong(l),
        _ => Murmur3.Hash(SingleValue.ToBinary(value, source)),
    };

    /// <summary>Year (astronomical) and month of a day since 1970-01-01, also outside the years 1 to 9999.</summary>
    internal static (long Year, int Month) YearAndMonth(int days)
    {
        // The Gregorian calendar repeats every 400 years of 146,097 days.
        var day = (long)Epoch.DayNumber + days;
        var cycles = FloorDivide(day, 146_097);
        var within = DateOnly.FromDayNumber((int)(day - (cycles * 146_097)));
        return (within.Year + (cycles * 400), within.Month);
    }

    private static int HashLong(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Murmur3.Hash(bytes);
    }

    // Where the multiple below is no value of the type, its least one, so that the order of values stays that of their partitions.
    private object Truncated(object value, PrimitiveType source) => value switch
    {
        int i => (int)Math.Max(i - (long)FloorRemainder(i, Width), int.MinValue),
        long l => (long)Int128.Max(l - (Int128)FloorRemainder(l, Width), long.MinValue),
        BigInteger b => BigInteger.Max(b - (((b % Width) + Width) % Width), 1 - BigInteger.Pow(10, source.Precision)),
        string s => SingleValue.FirstCodePoints(s, Width),
        byte[] bytes => bytes.Length <= Width ? bytes : bytes[..Width],
        _ => throw new InvalidTableArgumentException($"transform {this} does not take a {value.GetType().Name}"),
    };

    private static T FloorRemainder<T>(T value, T width)
        where T : IBinaryInteger<T> => ((value % width) + width) % width;

    private static int DaysOf(object value, PrimitiveType source) =>
        source.Kind == PrimitiveKind.Date ? (int)value : (int)FloorDivide((long)value, 86_400 * UnitsPerSecond(source));

    private static long UnitsPerSecond(PrimitiveType source) => source.Kind is PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs ? 1_000_000_000 : 1_000_000;

    private static long FloorDivide(long value, long divisor)
    {
        var (quotient, remainder) = Math.DivRem(value, divisor);
        return remainder < 0 ? quotient - 1 : quotient;
    }
}
