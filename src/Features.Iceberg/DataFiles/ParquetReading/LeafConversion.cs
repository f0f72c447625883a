using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Turns physical values into Arrow data of a column's type, widening as the specification's promotions allow.</summary>
internal static class LeafConversion
{
    private const long SecondsPerDay = 86_400, UnixEpochJulianDay = 2_440_588;

    // A short dictionary can make a long batch.
    private const long MostBytes = 1L << 30;

    /// <param name="type">The column's type in the projection.</param>
    /// <param name="annotation">What the file says its values mean.</param>
    /// <param name="values">The values that are present.</param>
    /// <param name="source">For each slot the index of its value, or -1 for null.</param>
    /// <param name="column">The column's path, for messages.</param>
    /// <exception cref="InvalidDataException">The values are not of the type, nor of one that it was promoted from.</exception>
    public static ArrayData Convert(PrimitiveType type, Annotation annotation, System.Array values, int[] source, string column)
    {
        var arrow = ArrowSchema.TypeOf(type, column);
        var (validity, nulls) = Validity(source);
        switch (type.Kind, values)
        {
            case (PrimitiveKind.Boolean, bool[] b):
                return new ArrayData(arrow, source.Length, nulls, 0, [validity, Bits(b, source)]);
            case (PrimitiveKind.Int, int[] i) when annotation.Meaning is Meaning.None or Meaning.Unsigned:
                return Fixed(Map(i, source, v => (int)Signed(v, annotation, column)));
            case (PrimitiveKind.Date, int[] i) when annotation.Meaning is Meaning.Date or Meaning.None:
                return Fixed(Map(i, source, v => v));
            case (PrimitiveKind.Long, int[] i) when annotation.Meaning is Meaning.None or Meaning.Unsigned:
                return Fixed(Map(i, source, v => annotation.Meaning == Meaning.Unsigned ? (uint)v : (long)v));
            case (PrimitiveKind.Long, long[] l) when annotation.Meaning is Meaning.None or Meaning.Unsigned:
                return Fixed(Map(l, source, v => Signed(v, annotation, column)));
            case (PrimitiveKind.Float, float[] f):
                return Fixed(Map(f, source, v => v));
            case (PrimitiveKind.Float, ReadOnlyMemory<byte>[] halves) when annotation.Meaning == Meaning.Float16:
                return Fixed(Map(halves, source, v => (float)BinaryPrimitives.ReadHalfLittleEndian(v.Span)));
            case (PrimitiveKind.Double, float[] f):
                return Fixed(Map(f, source, v => (double)v));
            case (PrimitiveKind.Double, double[] d):
                return Fixed(Map(d, source, v => v));
            case (PrimitiveKind.Time, int[] i) when annotation.Meaning == Meaning.Time:
                return Fixed(Map(i, source, v => Rescale(v, annotation.PerSecond, 1_000_000)));
            case (PrimitiveKind.Time, long[] l) when annotation.Meaning == Meaning.Time:
                return Fixed(Map(l, source, v => Rescale(v, annotation.PerSecond, 1_000_000)));
            case (PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs, _)
                when Times(values, annotation, type.Kind is PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs ? 1_000_000_000 : 1_000_000, source) is { } times:
                return Fixed(times);
            case (PrimitiveKind.Decimal, _) when annotation.Meaning == Meaning.Decimal && annotation.Scale == type.Scale:
                return Fixed(Decimals(values, source));
            case (PrimitiveKind.String or PrimitiveKind.Binary, ReadOnlyMemory<byte>[] bytes) when annotation.Meaning == Meaning.None:
                var (offsets, data) = Variable(bytes, source, column);
                return new ArrayData(arrow, source.Length, nulls, 0, [validity, offsets, data]);
            case (PrimitiveKind.Uuid, ReadOnlyMemory<byte>[] bytes) when annotation.Meaning == Meaning.None:
                return Fixed(FixedBytes(bytes, source, 16, column));
            case (PrimitiveKind.Fixed, ReadOnlyMemory<byte>[] bytes) when annotation.Meaning == Meaning.None:
                return Fixed(FixedBytes(bytes, source, type.Length, column));
            default:
                throw new InvalidDataException(
                    $"column '{column}' is {SchemaJson.NameOf(type)} in the table, and {values.GetType().GetElementType()!.Name} ({annotation.Meaning}{(annotation.Meaning == Meaning.Decimal ? $" of scale {annotation.Scale}" : "")}) in the file");
        }

        ArrayData Fixed<T>(T[] converted)
            where T : unmanaged => new(arrow, source.Length, nulls, 0, [validity, new ArrowBuffer(MemoryMarshal.AsBytes<T>(converted).ToArray())]);
    }

    public static (ArrowBuffer Validity, int Nulls) Validity(int[] source)
    {
        var nulls = source.AsSpan().Count(-1);
        if (nulls == 0)
        {
            return (ArrowBuffer.Empty, 0);
        }

        var bits = new byte[(source.Length + 7) / 8];
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] >= 0)
            {
                bits[i >> 3] |= (byte)(1 << (i & 7));
            }
        }

        return (new ArrowBuffer(bits), nulls);
    }

    private static TTo[] Map<TFrom, TTo>(TFrom[] values, int[] source, Func<TFrom, TTo> convert)
    {
        var converted = new TTo[source.Length];
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] >= 0)
            {
                converted[i] = convert(values[source[i]]);
            }
        }

        return converted;
    }

    private static ArrowBuffer Bits(bool[] values, int[] source)
    {
        var bits = new byte[(source.Length + 7) / 8];
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] >= 0 && values[source[i]])
            {
                bits[i >> 3] |= (byte)(1 << (i & 7));
            }
        }

        return new ArrowBuffer(bits);
    }

    private static long[]? Times(System.Array values, Annotation annotation, long perSecond, int[] source) => (annotation.Meaning, values) switch
    {
        (Meaning.Timestamp, long[] l) => Map(l, source, v => Rescale(v, annotation.PerSecond, perSecond)),
        // Some writers leave the annotation out; microseconds are what the format prescribes.
        (Meaning.None, long[] l) => Map(l, source, v => Rescale(v, 1_000_000, perSecond)),
        (Meaning.Date, int[] days) => Map(days, source, v => checked(v * SecondsPerDay * perSecond)),
        (Meaning.Int96, ReadOnlyMemory<byte>[] julian) => Map(julian, source, v => FromJulian(v.Span, perSecond)),
        _ => null,
    };

    private static long FromJulian(ReadOnlySpan<byte> value, long perSecond)
    {
        var nanosOfDay = BinaryPrimitives.ReadInt64LittleEndian(value);
        var day = BinaryPrimitives.ReadInt32LittleEndian(value[8..]);
        // Spark's days wrapped around for its furthest times, and wrap back.
        return unchecked(((day - UnixEpochJulianDay) * SecondsPerDay * perSecond) + Rescale(nanosOfDay, 1_000_000_000, perSecond));
    }

    private static long Rescale(long value, long from, long to)
    {
        if (to >= from)
        {
            return checked(value * (to / from));
        }

        var (quotient, remainder) = Math.DivRem(value, from / to);
        return remainder < 0 ? quotient - 1 : quotient;
    }

    private static Int128[] Decimals(System.Array values, int[] source) => values switch
    {
        int[] i => Map(i, source, v => (Int128)v),
        long[] l => Map(l, source, v => (Int128)v),
        ReadOnlyMemory<byte>[] bytes => Map(bytes, source, v => BigEndian(v.Span)),
        _ => throw new InvalidDataException($"decimals cannot be stored as {values.GetType().GetElementType()!.Name}"),
    };

    private static Int128 BigEndian(ReadOnlySpan<byte> digits)
    {
        if (digits.Length > 16)
        {
            return (Int128)new BigInteger(digits, isUnsigned: false, isBigEndian: true);
        }

        Int128 value = digits.IsEmpty || (sbyte)digits[0] >= 0 ? 0 : -1;
        foreach (var digit in digits)
        {
            value = (value << 8) | digit;
        }

        return value;
    }

    private static byte[] FixedBytes(ReadOnlyMemory<byte>[] values, int[] source, int width, string column)
    {
        var all = new byte[checked(source.Length * width)];
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] < 0)
            {
                continue;
            }

            if (values[source[i]].Length != width)
            {
                throw new InvalidDataException($"column '{column}' has a value of {values[source[i]].Length} bytes where its type has {width}");
            }

            values[source[i]].Span.CopyTo(all.AsSpan(i * width));
        }

        return all;
    }

    private static (ArrowBuffer Offsets, ArrowBuffer Data) Variable(ReadOnlyMemory<byte>[] values, int[] source, string column)
    {
        var offsets = new int[source.Length + 1];
        long total = 0;
        for (var i = 0; i < source.Length; i++)
        {
            total += source[i] < 0 ? 0 : values[source[i]].Length;
            offsets[i + 1] = total <= MostBytes ? (int)total : throw new NotSupportedException($"more than 1 GiB in {source.Length} rows of column '{column}'");
        }

        var data = new byte[total];
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] >= 0)
            {
                values[source[i]].Span.CopyTo(data.AsSpan(offsets[i]));
            }
        }

        return (new ArrowBuffer(MemoryMarshal.AsBytes<int>(offsets).ToArray()), new ArrowBuffer(data));
    }

    // The sign bit of an unsigned value is its highest digit.
    private static long Signed(long value, Annotation annotation, string column) => value >= 0 || annotation.Meaning != Meaning.Unsigned
        ? value
        : throw new InvalidDataException($"column '{column}' has an unsigned value above the largest that the table's type holds");
}
