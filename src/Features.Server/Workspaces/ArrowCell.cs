using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Server.Workspaces;

/// <summary>A cell of a column as a CLR value.</summary>
internal static class ArrowCell
{
    /// <summary>The CLR type of a column's cells; null where they are nested.</summary>
    public static Type? TypeOf(IArrowType type) => type switch
    {
        BooleanType => typeof(bool),
        Int8Type => typeof(sbyte),
        Int16Type => typeof(short),
        Int32Type => typeof(int),
        Int64Type => typeof(long),
        UInt8Type => typeof(byte),
        UInt16Type => typeof(ushort),
        UInt32Type => typeof(uint),
        UInt64Type => typeof(ulong),
        FloatType => typeof(float),
        DoubleType => typeof(double),
        Decimal128Type => typeof(decimal),
        StringType => typeof(string),
        BinaryType => typeof(byte[]),
        Date32Type => typeof(DateOnly),
        Time64Type => typeof(TimeOnly),
        TimestampType { Timezone: { Length: > 0 } } => typeof(DateTimeOffset),
        TimestampType => typeof(DateTime),
        _ => null,
    };

    /// <summary>A cell in the type that <see cref="TypeOf"/> names; null where it is missing.</summary>
    public static object? Read(IArrowArray array, int row) => array.IsNull(row) ? null : array switch
    {
        BooleanArray a => a.GetValue(row)!.Value,
        Int8Array a => a.Values[row],
        Int16Array a => a.Values[row],
        Int32Array a => a.Values[row],
        Int64Array a => a.Values[row],
        UInt8Array a => a.Values[row],
        UInt16Array a => a.Values[row],
        UInt32Array a => a.Values[row],
        UInt64Array a => a.Values[row],
        FloatArray a => a.Values[row],
        DoubleArray a => a.Values[row],
        Decimal128Array a => a.GetValue(row)!.Value,
        StringArray a => a.GetString(row),
        BinaryArray a => a.GetBytes(row).ToArray(),
        Date32Array a => a.GetDateOnly(row)!.Value,
        Time64Array a => a.GetTime(row)!.Value,
        TimestampArray a => Time(a, row),
        _ => throw new ArgumentException($"a cell of type {array.Data.DataType.Name} has no CLR value", nameof(array)),
    };

    private static object Time(TimestampArray array, int row)
    {
        var time = array.GetTimestamp(row)!.Value;
        return TypeOf(array.Data.DataType) == typeof(DateTime) ? (object)time.DateTime : time;
    }
}
