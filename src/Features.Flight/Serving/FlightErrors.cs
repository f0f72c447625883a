using Features.Flight.Cache;
using Features.Flight.Layout;
using Features.Flight.Serving.Put;
using Features.Ordering;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Features.Flight.Serving;

/// <summary>One gRPC status for each kind of error; schemas/flight/README.md lists them for clients.</summary>
internal static class FlightErrors
{
    // As percent-encoded text; a UTF-16 unit takes three bytes of UTF-8 at most.
    private const int MostMessageBytes = 4 << 10;
    private const int MostEscapedBytes = 9;

    public static RpcException Malformed(string message) => Refuse(StatusCode.InvalidArgument, message);

    public static RpcException Unproven(string message) => Refuse(StatusCode.Unauthenticated, message);

    public static RpcException Denied(string message) => Refuse(StatusCode.PermissionDenied, message);

    /// <summary>What was planned holds no more: planning anew is the remedy.</summary>
    public static RpcException StalePlan(string message) => Refuse(StatusCode.FailedPrecondition, message);

    public static RpcException InUse(string message) => Refuse(StatusCode.FailedPrecondition, message);

    /// <summary>A limit is reached; it, and what to do, are the message.</summary>
    public static RpcException Exhausted(string message) => Refuse(StatusCode.ResourceExhausted, message);

    public static RpcException NotServed(string message) => Refuse(StatusCode.Unimplemented, message);

    public static RpcException TooSlow(string message) => Refuse(StatusCode.DeadlineExceeded, message);

    public static RpcException NoTarget(string message) => Refuse(StatusCode.NotFound, message);

    public static RpcException NotFound(string name, IReadOnlyCollection<string> existing) => Refuse(
        StatusCode.NotFound,
        $"there is no data set '{name}'; " + (existing.Count == 0 ? "none exists" : $"there are: {string.Join(", ", existing.Select(other => $"'{other}'"))}"));

    /// <param name="missing">What is not there.</param>
    /// <param name="near">What the caller may have meant, and may see.</param>
    public static RpcException NotFound(DatasetNotFoundException missing, IReadOnlyCollection<string> near) => Refuse(
        StatusCode.NotFound, near.Count == 0 ? missing.Message : $"{missing.Message}; did you mean {string.Join(" or ", near.Select(other => $"'{other}'"))}?");

    /// <summary>The status of a fault that a handler let through.</summary>
    public static RpcException Of(Exception fault) => fault switch
    {
        RpcException refusal => refusal,
        OperationCanceledException => Refuse(StatusCode.Cancelled, "the call was cancelled"),
        OrderMismatchException => Refuse(StatusCode.FailedPrecondition, fault.Message),
        FormatException => Malformed(fault.Message),
        DatasetNotFoundException => Refuse(StatusCode.NotFound, fault.Message),
        PutException put => Refuse(StatusOf(put.Fault), put.Message),
        CacheFullException => Refuse(StatusCode.ResourceExhausted, fault.Message),
        DatasetSourceException source => Refuse(StatusOf(source.Fault), source.Message),
        DatasetLoadException { InnerException: DatasetSourceException source } => Refuse(StatusOf(source.Fault), fault.Message),
        DatasetLoadException { InnerException: TensorRangeException } => Refuse(StatusCode.FailedPrecondition, fault.Message),
        DatasetLoadException { InnerException: InvalidDataException } => Refuse(StatusCode.DataLoss, fault.Message),
        DatasetLoadException { InnerException: NotSupportedException } => NotServed(fault.Message),
        DatasetLoadException { IsTransient: false } => Refuse(StatusCode.Internal, fault.Message),
        DatasetLoadException => Refuse(StatusCode.Unavailable, fault.Message),
        BadHttpRequestException => Malformed(fault.Message),
        IOException or TimeoutException => Refuse(StatusCode.Unavailable, "what the service reads from, or writes to, cannot be reached now; try again; its log has the cause"),
        ObjectDisposedException => Refuse(StatusCode.Unavailable, "the service is stopping; try another location, or again"),
        _ => Refuse(StatusCode.Internal, "the service failed; its log has the cause"),
    };

    /// <summary>Whether the cause of a refusal is the service's own, or its source's, and belongs in its log.</summary>
    public static bool IsOwn(Exception fault, RpcException refusal) => refusal.StatusCode is StatusCode.Internal or StatusCode.DataLoss || fault is IOException or TimeoutException;

    private static StatusCode StatusOf(PutFault fault) => fault switch
    {
        PutFault.Unfit => StatusCode.InvalidArgument,
        PutFault.IdTaken => StatusCode.AlreadyExists,
        PutFault.Rejected => StatusCode.FailedPrecondition,
        _ => StatusCode.Unavailable,
    };

    private static StatusCode StatusOf(SourceFault fault) => fault switch
    {
        SourceFault.Unreachable => StatusCode.Unavailable,
        SourceFault.Unsupported => StatusCode.Unimplemented,
        _ => StatusCode.FailedPrecondition,
    };

    private static RpcException Refuse(StatusCode status, string message) => new(new Status(status, Brief(message)));

    // Clients refuse headers beyond 8 KiB: a message of all of a table's columns would come as a fault of the connection.
    private static string Brief(string message)
    {
        var bytes = 0;
        for (var i = 0; i < message.Length; i++)
        {
            bytes += message[i] is >= ' ' and <= '~' and not '%' ? 1 : MostEscapedBytes;
            if (bytes > MostMessageBytes)
            {
                return $"{message.AsSpan(0, i)}...";
            }
        }

        return message;
    }
}
