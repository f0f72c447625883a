using Parquet.Meta;

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
}

/// <summary>A leaf's meaning; <paramref name="PerSecond"/> is the resolution of times, <paramref name="Scale"/> of decimals.</summary>
internal sealed record Annotation(Meaning Meaning, long PerSecond = 0, int Scale = 0)
{
    private const long Millis = 1_000, Micros = 1_000_000, Nanos = 1_000_000_000;

    public static Annotation Of(SchemaElement element)
    {
        var logical = element.LogicalType;
        if (element.Type == Parquet.Meta.Type.INT96)
        {
            return new(Meaning.Int96);
        }

        if (logical?.DECIMAL is { } d)
        {
            return new(Meaning.Decimal, Scale: d.Scale);
        }

        if (logical?.TIME is { } time)
        {
            return new(Meaning.Time, Resolution(time.Unit));
        }

        if (logical?.TIMESTAMP is { } timestamp)
        {
            return new(Meaning.Timestamp, Resolution(timestamp.Unit));
        }

        if (logical?.DATE is not null)
        {
            return new(Meaning.Date);
        }

        if (logical?.FLOAT16 is not null)
        {
            return new(Meaning.Float16);
        }

        if (logical?.INTEGER is { } integer)
        {
            return new(integer.IsSigned ? Meaning.None : Meaning.Unsigned);
        }

        return element.ConvertedType switch
        {
            ConvertedType.DECIMAL => new(Meaning.Decimal, Scale: element.Scale ?? 0),
            ConvertedType.DATE => new(Meaning.Date),
            ConvertedType.TIME_MILLIS => new(Meaning.Time, Millis),
            ConvertedType.TIME_MICROS => new(Meaning.Time, Micros),
            ConvertedType.TIMESTAMP_MILLIS => new(Meaning.Timestamp, Millis),
            ConvertedType.TIMESTAMP_MICROS => new(Meaning.Timestamp, Micros),
            ConvertedType.UINT_8 or ConvertedType.UINT_16 or ConvertedType.UINT_32 or ConvertedType.UINT_64 => new(Meaning.Unsigned),
            ConvertedType.INTERVAL => new(Meaning.Interval),
            _ => new(Meaning.None),
        };
    }

    private static long Resolution(Parquet.Meta.TimeUnit unit) => unit.MILLIS is not null ? Millis : unit.NANOS is not null ? Nanos : Micros;
}
