using System.Globalization;
using Apache.Arrow.Types;

namespace Features.Core.PointInTime;

/// <summary>Moments in microseconds since 1970 UTC, as SQL says them.</summary>
internal static class Moments
{
    private const long MicrosPerDay = 86_400_000_000;

    /// <summary>A literal to compare a clock of this type with, at its precision (rounded down); null for a moment outside of the years 1 to 9999.</summary>
    public static string? Literal(long micros, IArrowType type)
    {
        const long First = -62_135_596_800_000_000, Last = 253_402_300_799_999_999;
        if (micros is < First or > Last)
        {
            return null;
        }

        var moment = DateTime.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);
        return type switch
        {
            Date32Type => string.Create(CultureInfo.InvariantCulture, $"DATE '{moment:yyyy-MM-dd}'"),
            TimestampType { Timezone: null or "" } => string.Create(CultureInfo.InvariantCulture, $"TIMESTAMP '{moment:yyyy-MM-dd HH:mm:ss.ffffff}'"),
            _ => string.Create(CultureInfo.InvariantCulture, $"TIMESTAMPTZ '{moment:yyyy-MM-dd HH:mm:ss.ffffff}+00'"),
        };
    }

    /// <summary>The day that a moment lies in, since 1970.</summary>
    public static long Day(long micros) => Math.DivRem(micros, MicrosPerDay) is var (day, rest) && rest < 0 ? day - 1 : micros / MicrosPerDay;
}
