namespace Features.Flight.Serving;

/// <summary>One use of a ticket while it lasts.</summary>
internal sealed class TicketUse(TicketUses uses, string id, Action onRevoked) : IDisposable
{
    public string Id { get; } = id;

    public Action OnRevoked { get; } = onRevoked;

    public void Dispose() => uses.End(this);
}
