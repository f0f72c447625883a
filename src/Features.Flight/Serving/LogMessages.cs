using Microsoft.Extensions.Logging;

namespace Features.Flight.Serving;

internal static partial class LogMessages
{
    [LoggerMessage(EventId = 5001, Level = LogLevel.Error, Message = "The Flight call {Method} failed")]
    public static partial void CallFailed(this ILogger log, string method, Exception fault);
}
