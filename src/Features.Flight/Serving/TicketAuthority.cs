using System.Buffers.Text;
using System.Security.Cryptography;

namespace Features.Flight.Serving;

/// <summary>
/// Signs tickets and proves them: <c>base64url(JSON) . base64url(HMAC-SHA-256 of the first part)</c>. Opaque to clients, stateless
/// here; the signature is compared in constant time, and nothing of a ticket is parsed before it holds.
/// </summary>
internal sealed class TicketAuthority(FlightOptions options, TimeProvider clock)
{
    private const int MaxBytes = 64 << 10;
    private static readonly int MacChars = Base64Url.GetEncodedLength(HMACSHA256.HashSizeInBytes);
    private readonly IReadOnlyList<TicketKey> keys =
        options.TicketKeys is { Count: > 0 } configured ? configured : [new TicketKey("start", RandomNumberGenerator.GetBytes(TicketKey.MinBytes))];

    public string SigningKeyId => keys[0].Id;

    /// <summary>Whether bytes are meant as a ticket, and not as a request in JSON; nothing is proven by it.</summary>
    public static bool LooksLikeTicket(ReadOnlySpan<byte> bytes) => bytes.Length > MacChars + 1 && bytes[^(MacChars + 1)] == '.';

    /// <summary>The service that its tickets are for.</summary>
    public string Audience => options.Audience;

    /// <summary>When a ticket that is issued now begins to hold, in whole seconds.</summary>
    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());

    /// <summary>When a ticket that is issued now ceases to hold.</summary>
    public DateTimeOffset Expiry => Now + options.TicketLifetime;

    public string NewId() => Guid.CreateVersion7(clock.GetUtcNow()).ToString();

    /// <exception cref="Grpc.Core.RpcException">The claims make a ticket that is too long.</exception>
    public byte[] Sign(TicketClaims claims)
    {
        var payload = Base64Url.EncodeToUtf8(TicketClaimsJson.Write(claims));
        return payload.Length + 1 + MacChars <= MaxBytes
            ? [.. payload, (byte)'.', .. Mac(keys[0], payload)]
            : throw FlightErrors.Malformed($"the request makes a ticket of more than {MaxBytes} bytes; name fewer columns, or a shorter filter");
    }

    /// <summary>The claims of a ticket that this service signed, that holds now and belongs to the caller.</summary>
    /// <exception cref="Grpc.Core.RpcException">It is none, forged, of another service or time, or another's: each with its own status.</exception>
    public TicketClaims Open(ReadOnlyMemory<byte> ticket, Caller caller)
    {
        var claims = TicketClaimsJson.Read(Base64Url.DecodeFromUtf8(Prove(ticket)));
        if (claims.Audience != Audience)
        {
            throw FlightErrors.Unproven($"the ticket is for another service than '{Audience}'; ask this one's GetFlightInfo");
        }

        if (claims.Subject != caller.Subject || claims.Tenant != caller.Tenant)
        {
            throw FlightErrors.Denied($"the ticket was given to another subject or tenant than '{caller.Subject}'; ask GetFlightInfo for your own");
        }

        var now = clock.GetUtcNow();
        return now >= claims.NotBefore && now < claims.Expires
            ? claims
            : throw FlightErrors.StalePlan($"the ticket holds from {claims.NotBefore:O} to {claims.Expires:O}, and it is {now:O}; ask GetFlightInfo for a new one");
    }

    // The first part of a ticket, if its second part proves it.
    private ReadOnlySpan<byte> Prove(ReadOnlyMemory<byte> ticket)
    {
        var dot = ticket.Length > MaxBytes ? -1 : ticket.Span.IndexOf((byte)'.');
        if (dot <= 0 || ticket.Length - dot - 1 != MacChars || !Base64Url.IsValid(ticket.Span[..dot]) || !Base64Url.IsValid(ticket.Span[(dot + 1)..]))
        {
            throw FlightErrors.Malformed("the ticket is none of this service, or cut off; pass on the ticket of GetFlightInfo unchanged");
        }

        var payload = ticket.Span[..dot];
        var mac = ticket.Span[(dot + 1)..];
        var isProven = false;
        foreach (var key in keys)
        {
            isProven |= CryptographicOperations.FixedTimeEquals(Mac(key, payload), mac);
        }

        return isProven
            ? payload
            : throw FlightErrors.Unproven("the ticket's signature does not hold: it was changed, or signed by a key that this service does not know; ask GetFlightInfo for a new one");
    }

    // Compared as text: what decodes to the same bytes must not pass for the same ticket.
    private static byte[] Mac(TicketKey key, ReadOnlySpan<byte> payload) => Base64Url.EncodeToUtf8(HMACSHA256.HashData(key.Secret.Span, payload));
}
