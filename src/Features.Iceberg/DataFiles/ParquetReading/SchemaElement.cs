namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Parquet's <c>ConvertedType</c>, the older annotations.</summary>
internal enum ConvertedType
{
    Utf8 = 0,
    Map = 1,
    MapKeyValue = 2,
    List = 3,
    Enum = 4,
    Decimal = 5,
    Date = 6,
    TimeMillis = 7,
    TimeMicros = 8,
    TimestampMillis = 9,
    TimestampMicros = 10,
    UInt8 = 11,
    UInt16 = 12,
    UInt32 = 13,
    UInt64 = 14,
    Int8 = 15,
    Int16 = 16,
    Int32 = 17,
    Int64 = 18,
    Json = 19,
    Bson = 20,
    Interval = 21,
}

/// <summary>The members of Parquet's union <c>LogicalType</c>, by field id.</summary>
internal enum LogicalKind
{
    String = 1,
    Map = 2,
    List = 3,
    Enum = 4,
    Decimal = 5,
    Date = 6,
    Time = 7,
    Timestamp = 8,
    Integer = 10,
    Null = 11,
    Json = 12,
    Bson = 13,
    Uuid = 14,
    Float16 = 15,
    Variant = 16,
    Geometry = 17,
    Geography = 18,
}

/// <summary>A logical type with its parameters: <paramref name="Scale"/> of decimals, <paramref name="PerSecond"/> and <paramref name="IsUtc"/> of times, <paramref name="BitWidth"/> and <paramref name="IsSigned"/> of integers.</summary>
internal sealed record LogicalType(LogicalKind Kind, int Scale = 0, int Precision = 0, long PerSecond = 0, bool IsUtc = false, int BitWidth = 0, bool IsSigned = false);

/// <summary>A node of a file's flattened schema, as its footer has it.</summary>
internal sealed record SchemaElement(
    string Name, PhysicalKind? Type, int TypeLength, Repetition? Repetition, int ChildCount, ConvertedType? Converted, int Scale, int Precision, int? FieldId, LogicalType? Logical)
{
    public static SchemaElement Of(Parquet.Meta.SchemaElement element)
    {
        var (name, length, children) = (element.Name, element.TypeLength ?? 0, element.NumChildren ?? 0);
        // Some writers call groups leaves of type boolean; their children tell.
        var type = children > 0 ? null : (PhysicalKind?)element.Type;
        var repetition = (Repetition?)element.RepetitionType;
        if (type is { } physical && !Enum.IsDefined(physical))
        {
            throw new InvalidDataException($"column '{name}' has the unknown physical type {(int)physical}");
        }

        if ((type == PhysicalKind.FixedLenByteArray && length <= 0) || (repetition is { } r && !Enum.IsDefined(r)))
        {
            throw new InvalidDataException($"column '{name}' has values of {length} bytes and repetition {repetition}");
        }

        return new SchemaElement(
            name, type, length, repetition, children, (ConvertedType?)element.ConvertedType, element.Scale ?? 0, element.Precision ?? 0, element.FieldId, element.LogicalType is { } logical ? LogicalOf(logical) : null);
    }

    // A kind that is not known yet annotates nothing here.
    private static LogicalType? LogicalOf(Parquet.Meta.LogicalType logical) => logical switch
    {
        { STRING: not null } => new(LogicalKind.String),
        { MAP: not null } => new(LogicalKind.Map),
        { LIST: not null } => new(LogicalKind.List),
        { ENUM: not null } => new(LogicalKind.Enum),
        { DECIMAL: { } d } => new(LogicalKind.Decimal, d.Scale, d.Precision),
        { DATE: not null } => new(LogicalKind.Date),
        { TIME: { } t } => new(LogicalKind.Time, PerSecond: PerSecond(t.Unit), IsUtc: t.IsAdjustedToUTC),
        { TIMESTAMP: { } t } => new(LogicalKind.Timestamp, PerSecond: PerSecond(t.Unit), IsUtc: t.IsAdjustedToUTC),
        { INTEGER: { } i } => new(LogicalKind.Integer, BitWidth: i.BitWidth, IsSigned: i.IsSigned),
        { UNKNOWN: not null } => new(LogicalKind.Null),
        { JSON: not null } => new(LogicalKind.Json),
        { BSON: not null } => new(LogicalKind.Bson),
        { UUID: not null } => new(LogicalKind.Uuid),
        { FLOAT16: not null } => new(LogicalKind.Float16),
        { VARIANT: not null } => new(LogicalKind.Variant),
        { GEOMETRY: not null } => new(LogicalKind.Geometry),
        { GEOGRAPHY: not null } => new(LogicalKind.Geography),
        _ => null,
    };

    private static long PerSecond(Parquet.Meta.TimeUnit? unit) => unit switch
    {
        { MILLIS: not null } => 1_000,
        { MICROS: not null } => 1_000_000,
        { NANOS: not null } => 1_000_000_000,
        _ => throw new InvalidDataException("a time of its schema has an unknown unit"),
    };
}
