namespace Features.Flight.Client.Hpack;

/// <summary>A header field; its characters are octets.</summary>
internal readonly record struct Header(string Name, string Value)
{
    /// <summary>What it counts for in tables and limits (RFC 7541, section 4.1).</summary>
    public int Size => Name.Length + Value.Length + 32;
}
