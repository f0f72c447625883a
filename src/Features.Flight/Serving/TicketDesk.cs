using Grpc.Core;

namespace Features.Flight.Serving;

/// <summary>Where tickets are given out and redeemed: the one way from a ticket's bytes to a read.</summary>
internal sealed class TicketDesk(TicketAuthority tickets, ReadPlanner planner, TicketUses uses, AccessDesk access)
{
    /// <summary>The claims of a new ticket for a read.</summary>
    public TicketClaims Issue(PlannedRead read, Caller caller) => new()
    {
        KeyId = tickets.SigningKeyId,
        Id = tickets.NewId(),
        Audience = tickets.Audience,
        Subject = caller.Subject,
        Tenant = caller.Tenant,
        Selection = read.Selection,
        Tensor = read.Store.Tensor,
        Order = read.Order,
        Epoch = read.Epoch,
        Position = read.Delivery.First,
        Delivery = read.Delivery.Delivery,
        MaxMessageBytes = read.MaxMessageBytes,
        NotBefore = tickets.Now,
        Expires = tickets.Expiry,
    };

    /// <summary>The same ticket for a longer time: it keeps its id, and so its lease, and what revokes one revokes both.</summary>
    public TicketClaims Renew(TicketClaims claims) => claims with { KeyId = tickets.SigningKeyId, NotBefore = tickets.Now, Expires = tickets.Expiry };

    public byte[] Sign(TicketClaims claims) => tickets.Sign(claims);

    /// <summary>The read of a ticket, while it lasts. Whoever reads disposes it.</summary>
    /// <param name="ticket">The ticket's bytes.</param>
    /// <param name="caller">Who comes with it.</param>
    /// <param name="onRevoked">Called once, from another thread, if the read is cancelled by CancelFlightInfo before it is disposed.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="RpcException">The ticket or the policy does not allow it.</exception>
    public async Task<RedeemedRead> RedeemAsync(ReadOnlyMemory<byte> ticket, Caller caller, Action onRevoked, CancellationToken cancellationToken)
    {
        var (claims, use) = await BeginAsync(ticket, caller, onRevoked, cancellationToken).ConfigureAwait(false);
        try
        {
            var read = await planner.RedeemAsync(claims, caller, cancellationToken).ConfigureAwait(false);
            return new RedeemedRead(claims, read, use, (rows, bytes) => access.EndedAsync(claims, read, caller, rows, bytes));
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    /// <summary>The claims of a ticket that this caller may use now.</summary>
    /// <exception cref="RpcException">It may not.</exception>
    public async Task<TicketClaims> ProveAsync(ReadOnlyMemory<byte> ticket, Caller caller, CancellationToken cancellationToken)
    {
        var (claims, use) = await BeginAsync(ticket, caller, () => { }, cancellationToken).ConfigureAwait(false);
        use.Dispose();
        return claims;
    }

    /// <summary>Ends what a ticket is used for, and has it refused from now on. Once is as good as twice.</summary>
    /// <returns>The ticket's id.</returns>
    /// <exception cref="RpcException">The ticket is none that this caller may use now.</exception>
    public async Task<string> RevokeAsync(ReadOnlyMemory<byte> ticket, Caller caller, CancellationToken cancellationToken)
    {
        var claims = await OpenAsync(() => tickets.Open(ticket, caller), caller, cancellationToken).ConfigureAwait(false);

        // Whichever of its tickets came: one that was renewed holds longer, and none that was given holds beyond this.
        uses.Revoke(claims.Id, tickets.Expiry);
        return claims.Id;
    }

    private async Task<(TicketClaims Claims, TicketUse Use)> BeginAsync(ReadOnlyMemory<byte> ticket, Caller caller, Action onRevoked, CancellationToken cancellationToken) =>
        await OpenAsync(
            () =>
            {
                var claims = tickets.Open(ticket, caller);
                return (claims, uses.Begin(claims.Id, onRevoked));
            },
            caller,
            cancellationToken).ConfigureAwait(false);

    // What is refused here, the policy never hears of otherwise.
    private async Task<T> OpenAsync<T>(Func<T> open, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return open();
        }
        catch (RpcException refusal)
        {
            await access.RefusedAsync(caller, refusal.Status.Detail, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }
}
