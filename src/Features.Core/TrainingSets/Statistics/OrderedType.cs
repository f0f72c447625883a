using System.Globalization;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;
using Features.Core.PointInTime;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>A type whose values are ordered, as cells: integers of 128 bits in the order of the values, equal for equal values.</summary>
/// <param name="Kind">Number, time or boolean.</param>
/// <param name="Cells">A function from a row of an array, not null, to its cell.</param>
/// <param name="Number">The cell as a number; of times, microseconds. NaN and the infinities stay what they are.</param>
/// <param name="Text">The cell as text, exact.</param>
/// <param name="Grain">What all values are multiples of, as numbers: 1 for integers, a day for dates; 0 for fractions.</param>
internal sealed record OrderedType(ColumnKind Kind, Func<IArrowArray, Func<int, Int128>> Cells, Func<Int128, double> Number, Func<Int128, string> Text, double Grain)
{
    private const double MicrosPerDay = 86_400_000_000;

    // 292,000 years from the epoch, as far as 64 bits of microseconds go.
    private const double Farthest = 9.2e18;

    /// <summary>Null for a type without an order.</summary>
    public static OrderedType? Of(IArrowType type) => type switch
    {
        BooleanType => new(ColumnKind.Boolean, a => i => ((BooleanArray)a).GetValue(i)!.Value ? 1 : 0, c => (double)c, c => c == 1 ? "true" : "false", 1),
        Int8Type => Whole<sbyte>(),
        Int16Type => Whole<short>(),
        Int32Type => Whole<int>(),
        Int64Type or DurationType => Whole<long>(),
        UInt8Type => Whole<byte>(),
        UInt16Type => Whole<ushort>(),
        UInt32Type => Whole<uint>(),
        UInt64Type => Whole<ulong>(),
        HalfFloatType => Fraction<Half>(v => (double)v, d => ((Half)d).ToString(CultureInfo.InvariantCulture)),
        FloatType => Fraction<float>(v => v, d => ((float)d).ToString(CultureInfo.InvariantCulture)),
        DoubleType => Fraction<double>(v => v, d => d.ToString(CultureInfo.InvariantCulture)),
        Decimal32Type d => Decimal(d.Precision, d.Scale, static b => MemoryMarshal.Read<int>(b)),
        Decimal64Type d => Decimal(d.Precision, d.Scale, static b => MemoryMarshal.Read<long>(b)),
        Decimal128Type d => Decimal(d.Precision, d.Scale, static b => MemoryMarshal.Read<Int128>(b)),
        // Least byte first, and up to 38 digits fit the lower half.
        Decimal256Type d => Decimal(d.Precision, d.Scale, static b => MemoryMarshal.Read<Int128>(b)),
        Date32Type => Time<int>(MicrosPerDay, c => TimeText.Date((long)c)),
        Date64Type => Time<long>(1000, c => TimeText.Moment((long)c, 1000, "")),
        TimestampType t => Time<long>(1_000_000d / PerSecond(t.Unit), c => TimeText.Moment((long)c, PerSecond(t.Unit), string.IsNullOrEmpty(t.Timezone) ? "" : "Z")),
        Time32Type t => Time<int>(1_000_000d / PerSecond(t.Unit), c => TimeText.OfDay((long)c, PerSecond(t.Unit))),
        Time64Type t => Time<long>(1_000_000d / PerSecond(t.Unit), c => TimeText.OfDay((long)c, PerSecond(t.Unit))),
        _ => null,
    };

    private static OrderedType Whole<T>()
        where T : unmanaged, System.Numerics.IBinaryInteger<T> =>
        new(ColumnKind.Number, Values<T>(Int128.CreateChecked), c => (double)c, c => c.ToString(CultureInfo.InvariantCulture), 1);

    private static OrderedType Fraction<T>(Func<T, double> widen, Func<double, string> text)
        where T : unmanaged =>
        new(ColumnKind.Number, Values<T>(v => OrderedDouble.Encode(widen(v))), c => OrderedDouble.Decode((long)c), c => text(OrderedDouble.Decode((long)c)), 0);

    private static OrderedType Time<T>(double microseconds, Func<Int128, string> text)
        where T : unmanaged, System.Numerics.IBinaryInteger<T> =>
        new(ColumnKind.Time, Values<T>(Int128.CreateChecked), c => Math.Clamp((double)c * microseconds, -Farthest, Farthest), text, Math.Max(1, microseconds));

    private static OrderedType? Decimal(int precision, int scale, Func<byte[], Int128> unscaled)
    {
        if (precision > 38)
        {
            return null;
        }

        // The quotient of the nearest doubles is off by at most an ulp or two; a range is given as text, exact.
        var divisor = Math.Pow(10, scale);
        return new(
            ColumnKind.Number,
            a => i => unscaled(((FixedSizeBinaryArray)a).GetBytes(i).ToArray()),
            c => (double)c / divisor,
            c => Plain(c, scale),
            scale <= 0 ? 1 : 0);
    }

    private static Func<IArrowArray, Func<int, Int128>> Values<T>(Func<T, Int128> cell)
        where T : unmanaged => array =>
    {
        var memory = ((ArrowBuffer)array.Data.Buffers[1]).Memory;
        var offset = array.Data.Offset;
        return i => cell(MemoryMarshal.Cast<byte, T>(memory.Span)[offset + i]);
    };

    private static string Plain(Int128 unscaled, int scale)
    {
        var text = unscaled.ToString(CultureInfo.InvariantCulture);
        if (scale <= 0)
        {
            return unscaled == 0 ? "0" : text + new string('0', -scale);
        }

        var digits = text.TrimStart('-').PadLeft(scale + 1, '0');
        return $"{(unscaled < 0 ? "-" : "")}{digits[..^scale]}.{digits[^scale..]}";
    }

    private static long PerSecond(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => 1,
        TimeUnit.Millisecond => 1_000,
        TimeUnit.Microsecond => 1_000_000,
        _ => 1_000_000_000,
    };
}
