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

    /// <summary>When a ticket that is issued now begins to hold, in whole seconds.</summary>
    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());

    public string NewId() => Guid.CreateVersion7(clock.GetUtcNow()).ToString();

    public byte[] Sign(TicketClaims claims)
    {
        var payload = Base64Url.EncodeToUtf8(claims.ToJson());
        return [.. payload, (byte)'.', .. Mac(keys[0], payload)];
    }

    /// <summary>The claims of a ticket that this service signed, that holds now and belongs to the subject.</summary>
    /// <exception cref="Grpc.Core.RpcException">It is none, forged, of another time, or another's: each with its own status.</exception>
    public TicketClaims Open(ReadOnlyMemory<byte> ticket, string subject)
    {
        var dot = ticket.Span.IndexOf((byte)'.');
        if (dot <= 0 || ticket.Length > MaxBytes || ticket.Length - dot - 1 != MacChars || !Base64Url.IsValid(ticket.Span[..dot]) || !Base64Url.IsValid(ticket.Span[(dot + 1)..]))
        {
            throw FlightErrors.Malformed("the ticket is none of this service, or cut off; pass on the ticket of GetFlightInfo unchanged");
        }

        var payload = ticket[..dot];
        var isProven = false;
        foreach (var key in keys)
        {
            isProven |= CryptographicOperations.FixedTimeEquals(Mac(key, payload.Span), ticket.Span[(dot + 1)..]);
        }

        if (!isProven)
        {
            throw FlightErrors.Unproven("the ticket's signature does not hold: it was changed, or signed by a key that this service does not know; ask GetFlightInfo for a new one");
        }

        var claims = TicketClaims.Parse(Base64Url.DecodeFromUtf8(payload.Span));
        var now = clock.GetUtcNow();
        if (now >= claims.Expires || now < claims.NotBefore)
        {
            throw FlightErrors.StalePlan($"the ticket holds from {claims.NotBefore:O} to {claims.Expires:O}, and it is {now:O}; ask GetFlightInfo for a new one");
        }

        return claims.Subject == subject
            ? claims
            : throw FlightErrors.Denied($"the ticket was given to another subject than '{subject}'; ask GetFlightInfo for your own");
    }

    // Compared as text: what decodes to the same bytes must not pass for the same ticket.
    private static byte[] Mac(TicketKey key, ReadOnlySpan<byte> payload) => Base64Url.EncodeToUtf8(HMACSHA256.HashData(key.Secret.Span, payload));
}
