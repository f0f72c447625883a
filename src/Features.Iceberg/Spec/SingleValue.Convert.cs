using System.Globalization;
using System.Numerics;

namespace Features.Iceberg.Spec;

public static partial class SingleValue
{
    /// <summary>A value that a caller wrote in any fitting CLR type (or, for dates, times, uuids and decimals, as text) as the in-memory form of a column's type. Nothing is rounded.</summary>
    /// <param name="value">The value; not null.</param>
    /// <param name="type">The column's type.</param>
    /// <param name="column">The column's name, for the message.</param>
    /// <exception cref="InvalidTableArgumentException">It does not fit; the message names the column, its type and the value.</exception>
    public static object Convert(object value, PrimitiveType type, string column) => TryConvert(value, type) ?? throw new InvalidTableArgumentException(
        $"'{(value is IFormattable f ? f.ToString(null, CultureInfo.InvariantCulture) : value)}' ({value.GetType().Name}) is no value of column '{column}', which is {SchemaJson.NameOf(type)}; {RemedyFor(type)}");

    private static object? TryConvert(object value, PrimitiveType type) => (type.Kind, value) switch
    {
        (PrimitiveKind.Boolean, bool) or (PrimitiveKind.Uuid, Guid) or (PrimitiveKind.Binary, byte[]) => value,
        (PrimitiveKind.Fixed, byte[] bytes) => bytes.Length == type.Length ? bytes : null,
        (PrimitiveKind.Int, _) when AsInteger(value) is { } i => i >= int.MinValue && i <= int.MaxValue ? (int)i : null,
        (PrimitiveKind.Date, int) => value,
        (PrimitiveKind.Date, DateOnly date) => date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber,
        (PrimitiveKind.Long, _) when AsInteger(value) is { } i => i >= long.MinValue && i <= long.MaxValue ? (long)i : null,
        (PrimitiveKind.Time, TimeOnly time) => time.Ticks % TimeSpan.TicksPerMicrosecond == 0 ? time.Ticks / TimeSpan.TicksPerMicrosecond : null,
        (PrimitiveKind.Timestamp or PrimitiveKind.TimestampNs, DateTime { Kind: not DateTimeKind.Local } local) => FromTicks(local.Ticks - DateTime.UnixEpoch.Ticks, type),
        (PrimitiveKind.TimestampTz or PrimitiveKind.TimestampTzNs, DateTimeOffset instant) => FromTicks(instant.UtcTicks - DateTime.UnixEpoch.Ticks, type),
        (PrimitiveKind.TimestampTz or PrimitiveKind.TimestampTzNs, DateTime { Kind: DateTimeKind.Utc } utc) => FromTicks(utc.Ticks - DateTime.UnixEpoch.Ticks, type),
        (PrimitiveKind.Time or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs, _) when AsInteger(value) is { } i =>
            i >= long.MinValue && i <= long.MaxValue ? (long)i : null,
        (PrimitiveKind.Float, float) or (PrimitiveKind.Double, double) => value,
        (PrimitiveKind.Float, double d) => double.IsNaN(d) || (float)d == d ? (float)d : null,
        (PrimitiveKind.Float, Half h) => (float)h,
        (PrimitiveKind.Float, _) when AsInteger(value) is { } i => (BigInteger)(float)i == i ? (float)i : null,
        (PrimitiveKind.Double, float f) => (double)f,
        (PrimitiveKind.Double, Half h) => (double)h,
        (PrimitiveKind.Double, decimal m) => (double)m,
        (PrimitiveKind.Double, _) when AsInteger(value) is { } i => (BigInteger)(double)i == i ? (double)i : null,
        // A BigInteger is the unscaled in-memory form; every other integer is a number.
        (PrimitiveKind.Decimal, BigInteger unscaled) => BigInteger.Abs(unscaled) < BigInteger.Pow(10, type.Precision) ? unscaled : null,
        (PrimitiveKind.Decimal, decimal m) => ValueText.TryParse(m.ToString(CultureInfo.InvariantCulture), type),
        (PrimitiveKind.Decimal, _) when AsInteger(value) is { } i => ValueText.TryParse(i.ToString(CultureInfo.InvariantCulture), type),
        (_, string text) => ValueText.TryParse(text, type),
        _ => null,
    };

    private static BigInteger? AsInteger(object value) => value switch
    {
        sbyte v => v,
        byte v => v,
        short v => v,
        ushort v => v,
        int v => v,
        uint v => v,
        long v => v,
        ulong v => v,
        BigInteger v => v,
        _ => null,
    };

    private static long? FromTicks(long ticks, PrimitiveType type)
    {
        if (type.Kind is PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs)
        {
            var nanos = (Int128)ticks * 100;
            return nanos < long.MinValue || nanos > long.MaxValue ? null : (long)nanos;
        }

        return ticks % TimeSpan.TicksPerMicrosecond == 0 ? ticks / TimeSpan.TicksPerMicrosecond : null;
    }

    private static string RemedyFor(PrimitiveType type) => type.Kind switch
    {
        PrimitiveKind.Date => "write 2001-12-31",
        PrimitiveKind.Time => "write 23:59:59.999999",
        PrimitiveKind.Timestamp or PrimitiveKind.TimestampNs => "write 2001-12-31T23:59:59, without a zone",
        PrimitiveKind.TimestampTz or PrimitiveKind.TimestampTzNs => "write 2001-12-31T23:59:59+00:00, with a zone",
        PrimitiveKind.Uuid => "write f79c3e09-677c-4bbd-a479-3f349cb785e7",
        PrimitiveKind.Unknown or PrimitiveKind.Variant or PrimitiveKind.Geometry or PrimitiveKind.Geography => "columns of this type cannot be compared",
        _ => "give a value of the column's type that it can hold exactly",
    };
}
