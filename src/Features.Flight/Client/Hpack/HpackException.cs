namespace Features.Flight.Client.Hpack;

/// <summary>A header block that cannot be decoded; the connection's state is lost with it (RFC 9113, section 4.3).</summary>
internal sealed class HpackException(string message) : Exception(message);
