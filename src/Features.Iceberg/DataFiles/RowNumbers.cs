using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Iceberg.DataFiles;

/// <summary>Arrow data of longs that count rows.</summary>
internal static class RowNumbers
{
    /// <summary>first, first + 1, …</summary>
    public static ArrayData From(long first, int length)
    {
        var values = new long[length];
        for (var i = 0; i < length; i++)
        {
            values[i] = first + i;
        }

        return Of(values);
    }

    /// <summary>The longs given, and where they are null first + step × row.</summary>
    public static ArrayData FillNulls(ArrayData data, long first, int step)
    {
        var given = new Int64Array(data);
        if (given.NullCount == 0)
        {
            return data;
        }

        var values = given.Values.ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = given.IsNull(i) ? first + ((long)step * i) : values[i];
        }

        return Of(values);
    }

    private static ArrayData Of(long[] values) => new(Int64Type.Default, values.Length, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(MemoryMarshal.AsBytes<long>(values).ToArray())]);
}
