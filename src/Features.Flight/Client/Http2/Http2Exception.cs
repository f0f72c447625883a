namespace Features.Flight.Client.Http2;

/// <summary>The peer broke the protocol; the connection is closed with this error.</summary>
internal sealed class Http2Exception(Http2Error error, string message) : Exception(message)
{
    public Http2Error Error { get; } = error;
}
