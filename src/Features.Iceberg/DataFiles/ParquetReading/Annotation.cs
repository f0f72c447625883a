namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>What the values of a leaf mean, whichever generation of annotation said so.</summary>
internal enum Meaning
{
    /// <summary>The physical value itself.</summary>
    None,
    Unsigned,
    Decimal,
    Date,
    Time,
    Timestamp,

    /// <summary>Nanoseconds of the day and a Julian day in 12 bytes, as Impala and Hive wrote.</summary>
    Int96,
    Interval,
    Float16,
    Geospatial,
}

/// <summary>A leaf's meaning; <paramref name="PerSecond"/> is the resolution of times, <paramref name="Scale"/> of decimals.</summary>
internal sealed record Annotation(Meaning Meaning, long PerSecond = 0, int Scale = 0)
{
    private const long Millis = 1_000, Micros = 1_000_000;

    public static Annotation Of(SchemaElement element)
    {
        if (element.Type == PhysicalKind.Int96)
        {
            return new(Meaning.Int96);
        }

        return element.Logical?.Kind switch
        {
            LogicalKind.Decimal => new(Meaning.Decimal, Scale: element.Logical.Scale),
            LogicalKind.Time => new(Meaning.Time, element.Logical.PerSecond),
            LogicalKind.Timestamp => new(Meaning.Timestamp, element.Logical.PerSecond),
            LogicalKind.Date => new(Meaning.Date),
            LogicalKind.Float16 => new(Meaning.Float16),
            LogicalKind.Integer => new(element.Logical.IsSigned ? Meaning.None : Meaning.Unsigned),
            LogicalKind.Geometry or LogicalKind.Geography => new(Meaning.Geospatial),
            _ => Of(element.Converted, element.Scale),
        };
    }

    private static Annotation Of(ConvertedType? converted, int scale) => converted switch
    {
        ConvertedType.Decimal => new(Meaning.Decimal, Scale: scale),
        ConvertedType.Date => new(Meaning.Date),
        ConvertedType.TimeMillis => new(Meaning.Time, Millis),
        ConvertedType.TimeMicros => new(Meaning.Time, Micros),
        ConvertedType.TimestampMillis => new(Meaning.Timestamp, Millis),
        ConvertedType.TimestampMicros => new(Meaning.Timestamp, Micros),
        ConvertedType.UInt8 or ConvertedType.UInt16 or ConvertedType.UInt32 or ConvertedType.UInt64 => new(Meaning.Unsigned),
        ConvertedType.Interval => new(Meaning.Interval),
        _ => new(Meaning.None),
    };
}
