namespace Features.Flight.Serving;

/// <summary>A read whose ticket was redeemed, while it lasts.</summary>
internal sealed class RedeemedRead(TicketClaims claims, PlannedRead read, TicketUse use, Func<long, long, ValueTask> ended) : IDisposable
{
    public TicketClaims Claims { get; } = claims;

    public PlannedRead Read { get; } = read;

    /// <summary>Keeps in the audit record how much was sent. Called once, at the end, whole or not.</summary>
    public ValueTask EndAsync(long rows, long bytes) => ended(rows, bytes);

    public void Dispose() => use.Dispose();
}
