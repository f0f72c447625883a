using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Core.PointInTime;

/// <summary>Reads Arrow values as cells: 64-bit integers whose order is the order of the values. Texts are ids of a dictionary.</summary>
internal static class CellReader
{
    private const long MicrosPerDay = 86_400_000_000;

    /// <summary>A function from a row to its cell; the row is not null.</summary>
    public static Func<int, long> Of(IArrowArray array, ByteDictionary texts) => array switch
    {
        Int8Array a => i => a.GetValue(i)!.Value,
        Int16Array a => i => a.GetValue(i)!.Value,
        Int32Array a => i => a.Values[i],
        Int64Array a => i => a.Values[i],
        UInt8Array a => i => a.GetValue(i)!.Value,
        UInt16Array a => i => a.GetValue(i)!.Value,
        UInt32Array a => i => a.Values[i],
        FloatArray a => i => OrderedDouble.Encode(a.Values[i]),
        DoubleArray a => i => OrderedDouble.Encode(a.Values[i]),
        BooleanArray a => i => a.GetValue(i)!.Value ? 1 : 0,
        Date32Array a => i => a.Values[i],
        TimestampArray a => i => a.Values[i],
        StringArray a => i => texts.GetOrAdd(a.GetBytes(i)),
        _ => throw new PointInTimeException($"a column of type {array.Data.DataType.Name} cannot be joined; cast it to BIGINT, DOUBLE, BOOLEAN, VARCHAR, DATE or TIMESTAMP"),
    };

    /// <summary>A function from a row to its moment in microseconds since 1970 UTC; the row is not null. Dates are midnights, timestamps without a zone are UTC.</summary>
    /// <exception cref="PointInTimeException">The column is no timestamp or date, or counts nanoseconds.</exception>
    public static Func<int, long> Moments(IArrowArray array, string column)
    {
        CheckClock(array.Data.DataType, column);
        var scale = array.Data.DataType switch
        {
            TimestampType { Unit: TimeUnit.Second } => 1_000_000,
            TimestampType { Unit: TimeUnit.Millisecond } => 1_000,
            _ => 1,
        };
        return array is Date32Array dates
            ? i => dates.Values[i] * MicrosPerDay
            : ((TimestampArray)array) is var moments && scale == 1 ? i => moments.Values[i] : i => checked(moments.Values[i] * scale);
    }

    /// <summary>Refuses what cannot be a clock.</summary>
    public static void CheckClock(IArrowType type, string column)
    {
        if (ClockProblem(type, column) is { } problem)
        {
            throw new PointInTimeException(problem);
        }
    }

    /// <summary>Why a column cannot be a clock; null if it can.</summary>
    public static string? ClockProblem(IArrowType type, string column) => type switch
    {
        Date32Type or TimestampType { Unit: not TimeUnit.Nanosecond } => null,
        TimestampType => $"the clock '{column}' counts nanoseconds, which a join by microseconds would cut; cast it to TIMESTAMP where that is meant",
        _ => $"the clock '{column}' is of type {FeatureTypes.Name(type)}; use a timestamp or a date",
    };
}
