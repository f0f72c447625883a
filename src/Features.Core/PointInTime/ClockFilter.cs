using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Core.PointInTime;

/// <summary>The filter that leaves out the files of a table whose rows happened outside of a range.</summary>
internal static class ClockFilter
{
    /// <summary>The filter; null where the clock is of a type that it does not know.</summary>
    /// <param name="schema">The table's columns.</param>
    /// <param name="clock">The column that says when rows happened.</param>
    /// <param name="from">The begin, inclusive, in microseconds since 1970 UTC; null for none.</param>
    /// <param name="to">The end, inclusive.</param>
    public static Filter? Of(Schema schema, string clock, long? from, long to)
    {
        Func<long, object>? value = (schema.Find(clock)?.Type as PrimitiveType)?.Kind switch
        {
            PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz => micros => micros,
            PrimitiveKind.Date => micros => (int)Math.Clamp(Moments.Day(micros), int.MinValue, int.MaxValue),
            _ => null,
        };
        if (value is null)
        {
            return null;
        }

        var until = Filter.Compare(clock, Comparison.LessOrEqual, value(to));
        return from is { } begin ? until.And(Filter.Compare(clock, Comparison.GreaterOrEqual, value(begin))) : until;
    }
}
