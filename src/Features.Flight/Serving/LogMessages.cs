using Features.Flight.Cache;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Features.Flight.Serving;

internal static partial class LogMessages
{
    /// <summary>Logs what an operator must know of a call that is refused: a fault of the service's own with all of it, data that cannot be read or given as was asked in one line.</summary>
    public static void Refused(this ILogger log, string method, Exception fault, RpcException refusal)
    {
        if (FlightErrors.IsOwn(fault, refusal))
        {
            log.CallFailed(method, fault);
        }
        else if (fault is DatasetSourceException or DatasetLoadException)
        {
            log.DataRefused(method, refusal.StatusCode, refusal.Status.Detail);
        }
    }

    [LoggerMessage(EventId = 5001, Level = LogLevel.Error, Message = "The Flight call {Method} failed")]
    private static partial void CallFailed(this ILogger log, string method, Exception fault);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Warning, Message = "The Flight call {Method} was refused with {Status}: {Reason}")]
    private static partial void DataRefused(this ILogger log, string method, StatusCode status, string reason);
}
