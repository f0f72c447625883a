using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Validation;

/// <summary>Whether times of day lie in a day, dates are whole days, and moments can be told in microseconds, as tables keep them.</summary>
internal static class TimeCheck
{
    private const long DaySeconds = 86_400;
    private const long DayMilliseconds = DaySeconds * 1000;

    public static void Run(string path, ArrayData data)
    {
        switch (data.DataType)
        {
            case Time32Type time:
                Run<int>(path, data, value => value >= 0 && value < DaySeconds * PerSecond(time.Unit), "its time of day does not lie in a day");
                break;
            case Time64Type time:
                Run<long>(path, data, value => value >= 0 && value < DaySeconds * PerSecond(time.Unit), "its time of day does not lie in a day");
                break;
            case Date64Type:
                Run<long>(path, data, value => value % DayMilliseconds == 0 && value / DayMilliseconds is >= int.MinValue and <= int.MaxValue, "its date is no whole number of days, or too far away");
                break;
            case TimestampType { Unit: TimeUnit.Second or TimeUnit.Millisecond } moment:
                var most = long.MaxValue / (PerSecond(TimeUnit.Microsecond) / PerSecond(moment.Unit));
                Run<long>(path, data, value => value >= -most && value <= most, "its moment cannot be told in microseconds of 64 bits");
                break;
            default:
                break;
        }
    }

    private static void Run<T>(string path, ArrayData data, Func<T, bool> isFit, string fault)
        where T : unmanaged, IBinaryInteger<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(data.Buffers[1].Span);
        var bits = data.Buffers[0].Span;
        for (var i = 0; i < data.Length; i++)
        {
            if (!isFit(values[i]) && Bits.IsSet(bits, i))
            {
                throw new IpcFormatException(path, i, $"{fault} ({values[i]})");
            }
        }
    }

    private static long PerSecond(TimeUnit unit) => unit switch
    {
        TimeUnit.Second => 1,
        TimeUnit.Millisecond => 1000,
        TimeUnit.Microsecond => 1_000_000,
        _ => 1_000_000_000,
    };
}
