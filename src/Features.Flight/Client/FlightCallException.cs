using Grpc.Core;

namespace Features.Flight.Client;

/// <summary>The data service refused a call or could not be reached.</summary>
public sealed class FlightCallException : FlightException
{
    internal FlightCallException(Uri address, RpcException cause)
        : base(Describe(address, cause.Status), cause, cause.StatusCode is StatusCode.Unavailable or StatusCode.ResourceExhausted) => Status = cause.StatusCode;

    /// <summary>The kind of refusal, as schemas/flight/README.md lists them.</summary>
    public StatusCode Status { get; }

    private static string Describe(Uri address, Status status) => status.StatusCode == StatusCode.Unavailable
        ? $"the data service at {address} is unavailable: {(status.DebugException?.GetBaseException().Message ?? status.Detail).TrimEnd('.')}; check the address and that it serves"
        : $"{status.Detail} ({status.StatusCode}, from {address})";
}
