namespace Features.Flight.Serving;

/// <summary>
/// What tickets are being used for, and which ones were revoked before their time. Revocations are this process's own: they are gone when it
/// stops, and another replica does not know them.
/// </summary>
internal sealed class TicketUses(TimeProvider clock)
{
    /// <summary>Revocations that are kept; past it, the one whose ticket expires first is forgotten.</summary>
    public const int MaxRevoked = 100_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, List<TicketUse>> open = [];
    private readonly Dictionary<string, DateTimeOffset> revoked = [];
    private readonly PriorityQueue<string, DateTimeOffset> expiries = new();

    /// <summary>Begins a use of a ticket. Whoever uses it disposes it.</summary>
    /// <param name="id">The ticket's id.</param>
    /// <param name="onRevoked">Called once, from another thread, if the ticket is revoked meanwhile.</param>
    /// <exception cref="Grpc.Core.RpcException">The ticket was revoked.</exception>
    public TicketUse Begin(string id, Action onRevoked)
    {
        lock (gate)
        {
            if (revoked.ContainsKey(id))
            {
                throw FlightErrors.StalePlan("the read was cancelled; ask GetFlightInfo for a new ticket");
            }

            var use = new TicketUse(this, id, onRevoked);
            (open.TryGetValue(id, out var uses) ? uses : open[id] = []).Add(use);
            return use;
        }
    }

    /// <summary>Ends every use of a ticket at once, and has it refused from now on.</summary>
    /// <returns>How many uses ended.</returns>
    public int Revoke(string id, DateTimeOffset expires)
    {
        TicketUse[] uses;
        lock (gate)
        {
            Sweep();
            if (revoked.TryAdd(id, expires))
            {
                expiries.Enqueue(id, expires);
            }

            uses = open.Remove(id, out var begun) ? [.. begun] : [];
        }

        Array.ForEach(uses, use => use.OnRevoked());
        return uses.Length;
    }

    internal void End(TicketUse use)
    {
        lock (gate)
        {
            if (open.TryGetValue(use.Id, out var uses) && uses.Remove(use) && uses.Count == 0)
            {
                open.Remove(use.Id);
            }
        }
    }

    private void Sweep()
    {
        var now = clock.GetUtcNow();
        while (expiries.TryPeek(out var id, out var expires) && (expires <= now || revoked.Count >= MaxRevoked))
        {
            expiries.Dequeue();
            revoked.Remove(id);
        }
    }
}
