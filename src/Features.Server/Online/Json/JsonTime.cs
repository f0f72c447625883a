namespace Features.Server.Online.Json;

/// <summary>Moments as protocol buffers' JSON writes them: RFC 3339 in UTC, with no fraction, or three, or six digits of one.</summary>
internal static class JsonTime
{
    private const long MicrosPerSecond = 1_000_000;
    private static readonly long Least = (DateTime.MinValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
    private static readonly long Most = (DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Appends microseconds since 1970 in quotes; null for what lies outside the years 1 to 9999, which the form cannot say.</summary>
    public static void Append(JsonBytes json, long micros)
    {
        if (micros < Least || micros > Most)
        {
            json.Raw("null"u8);
            return;
        }

        var fraction = ((micros % MicrosPerSecond) + MicrosPerSecond) % MicrosPerSecond;
        json.Raw("\""u8);
        json.Scalar(
            DateTime.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond),
            fraction == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : fraction % 1000 == 0 ? "yyyy-MM-dd'T'HH:mm:ss.fff'Z'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");
        json.Raw("\""u8);
    }
}
