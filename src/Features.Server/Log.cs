using Microsoft.Extensions.Logging;

namespace Features.Server;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed (trace {Trace})")]
    public static partial void RequestFailed(ILogger logger, string method, string path, string trace, Exception fault);

    [LoggerMessage(2, LogLevel.Warning, "{Method} {Path} could not be answered now: {Reason}")]
    public static partial void RequestPostponed(ILogger logger, string method, string path, string reason);

    [LoggerMessage(3, LogLevel.Information, "{View}: {Rows} rows of {Keys} keys materialised")]
    public static partial void Materialized(ILogger logger, string view, long rows, long keys);

    [LoggerMessage(4, LogLevel.Warning, "{View} is not materialised: {Reason}")]
    public static partial void ViewNotMaterialized(ILogger logger, string view, string reason);

    [LoggerMessage(5, LogLevel.Error, "the views could not be materialised; trying again in {Seconds} s")]
    public static partial void MaterializeFault(ILogger logger, double seconds, Exception fault);

    [LoggerMessage(6, LogLevel.Error, "the keys of flight.auth.authority could not be fetched")]
    public static partial void KeysUnavailable(ILogger logger, Exception fault);

    [LoggerMessage(7, LogLevel.Warning, "Flight listens to other machines at {Address} without TLS: tokens and rows can be read on the way; set flight.tls, or let a proxy add it")]
    public static partial void FlightInClearText(ILogger logger, string address);
}
