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
}
