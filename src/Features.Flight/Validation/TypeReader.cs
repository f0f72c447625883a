using Apache.Arrow.Types;

namespace Features.Flight.Validation;

/// <summary>Reads a member of the Type union (Arrow's <c>Schema.fbs</c>). What is not taken is refused by its name.</summary>
internal static class TypeReader
{
    private const int MaxFixedBytes = 1 << 20;
    private const int MaxListSize = 1 << 20;

    private static readonly TimeUnit[] Units = [TimeUnit.Second, TimeUnit.Millisecond, TimeUnit.Microsecond, TimeUnit.Nanosecond];

    public static IArrowType Read(byte kind, FlatTable type, IReadOnlyList<WireColumn> children, string path) => kind switch
    {
        1 => Plain(NullType.Default, children, path),
        2 => Plain(Integer(type, path), children, path),
        3 => Plain(Known<IArrowType>([HalfFloatType.Default, FloatType.Default, DoubleType.Default], type.Int16(0), path, "precision"), children, path),
        4 => Plain(BinaryType.Default, children, path),
        5 => Plain(StringType.Default, children, path),
        6 => Plain(BooleanType.Default, children, path),
        7 => Plain(Decimal(type, path), children, path),
        8 => Plain(Known<IArrowType>([Date32Type.Default, Date64Type.Default], type.Int16(0, 1), path, "date unit"), children, path),
        9 => Plain(Time(type, path), children, path),
        10 => Plain(new TimestampType(Known(Units, type.Int16(0), path, "time unit"), type.Text(1) is { Length: > 0 } zone ? zone : null), children, path),
        11 => Plain(Known<IArrowType>([IntervalType.YearMonth, IntervalType.DayTime, IntervalType.MonthDayNanosecond], type.Int16(0), path, "interval unit"), children, path),
        12 => new ListType(Only(children, path).Field),
        13 => new StructType([.. children.Select(child => child.Field)]),
        14 => throw Refused(path, "a union", "send one column for each of its types"),
        15 => Plain(new FixedSizeBinaryType(Between(type.Int32(0), 1, MaxFixedBytes, path, "width")), children, path),
        16 => new FixedSizeListType(Only(children, path).Field, Between(type.Int32(0), 1, MaxListSize, path, "list size")),
        17 => Map(type, children, path),
        18 => Plain(DurationType.FromTimeUnit(Known(Units, type.Int16(0, 1), path, "time unit")), children, path),
        19 => Plain(LargeBinaryType.Default, children, path),
        20 => Plain(LargeStringType.Default, children, path),
        21 => new LargeListType(Only(children, path).Field),
        22 => throw Refused(path, "run-end encoded", "send its plain values"),
        23 => throw Refused(path, "a binary view", "send it as binary"),
        24 => throw Refused(path, "a string view", "send it as a string"),
        25 or 26 => throw Refused(path, "a list view", "send it as a list"),
        _ => throw new IpcFormatException(path, $"its type has the number {kind}, which Arrow's format does not know"),
    };

    public static NumberType Integer(FlatTable type, string path) => (type.Int32(0), type.Byte(1) != 0) switch
    {
        (8, true) => Int8Type.Default,
        (16, true) => Int16Type.Default,
        (32, true) => Int32Type.Default,
        (64, true) => Int64Type.Default,
        (8, false) => UInt8Type.Default,
        (16, false) => UInt16Type.Default,
        (32, false) => UInt32Type.Default,
        (64, false) => UInt64Type.Default,
        var (bits, _) => throw new IpcFormatException(path, $"integers of {bits} bits are none of Arrow's; use 8, 16, 32 or 64"),
    };

    private static FixedSizeBinaryType Decimal(FlatTable type, string path)
    {
        var (bits, scale) = (type.Int32(2, 128), Between(type.Int32(1), sbyte.MinValue, sbyte.MaxValue, path, "scale"));
        var precision = Between(type.Int32(0), 1, bits switch { 32 => 9, 64 => 18, 128 => 38, 256 => 76, _ => 0 }, path, $"precision of a decimal of {bits} bits");
        return bits switch
        {
            32 => new Decimal32Type(precision, scale),
            64 => new Decimal64Type(precision, scale),
            128 => new Decimal128Type(precision, scale),
            _ => new Decimal256Type(precision, scale),
        };
    }

    private static TimeType Time(FlatTable type, string path) => (Known(Units, type.Int16(0, 1), path, "time unit"), type.Int32(1, 32)) switch
    {
        (TimeUnit.Second or TimeUnit.Millisecond, 32) and var (unit, _) => new Time32Type(unit),
        (TimeUnit.Microsecond or TimeUnit.Nanosecond, 64) and var (unit, _) => new Time64Type(unit),
        var (unit, bits) => throw new IpcFormatException(path, $"times of {bits} bits in {unit}s are none of Arrow's"),
    };

    private static MapType Map(FlatTable type, IReadOnlyList<WireColumn> children, string path)
    {
        var entries = Only(children, path);
        return entries is { Values: StructType { Fields.Count: 2 } pair, Dictionary: null } && !entries.Field.IsNullable
            ? new MapType(new Apache.Arrow.Field(entries.Field.Name, pair, nullable: false, entries.Field.Metadata), type.Byte(0) != 0)
            : throw new IpcFormatException(path, "the entries of a map must be a struct of key and value that is not nullable");
    }

    private static WireColumn Only(IReadOnlyList<WireColumn> children, string path) =>
        children is [var child] ? child : throw new IpcFormatException(path, $"it has {children.Count} children; its type has one");

    private static T Plain<T>(T type, IReadOnlyList<WireColumn> children, string path)
        where T : IArrowType =>
        children.Count == 0 ? type : throw new IpcFormatException(path, $"it has {children.Count} children; its type '{type.Name}' has none");

    private static T Known<T>(T[] values, short number, string path, string what) =>
        number >= 0 && number < values.Length ? values[number] : throw new IpcFormatException(path, $"its {what} has the number {number}, which Arrow's format does not know");

    private static int Between(int value, int least, int most, string path, string what) =>
        value >= least && value <= most ? value : throw new IpcFormatException(path, $"its {what} is {value}; it must be from {least} to {most}");

    private static IpcFormatException Refused(string path, string what, string remedy) => new(path, $"it is {what}, which is not taken; {remedy}");
}
