using Features.Flight.Cache;
using Features.Flight.Protocol;

namespace Features.Flight.Serving;

/// <summary>Puts the service's questions to the policy, and tells it what became of calls.</summary>
internal sealed class AccessDesk(IFlightAccess access)
{
    /// <summary>Turns away, before anything is looked for, a caller who may do nothing of the kind with that name, whatever it stands for.</summary>
    /// <exception cref="Grpc.Core.RpcException">The caller may not.</exception>
    public async Task ForeseeAsync(FlightPurpose purpose, DatasetSelection selection, Caller caller, string? ticketId, CancellationToken cancellationToken)
    {
        var question = caller.Asks(purpose, selection.Name, selection.Columns ?? []) with { TicketId = ticketId };
        var decision = await access.ForeseeAsync(question, cancellationToken).ConfigureAwait(false);
        if (!decision.IsAllowed)
        {
            throw Denied(purpose, selection, caller, decision);
        }
    }

    /// <summary>The policy outcome that the rows must have passed, null for none, if the caller may.</summary>
    /// <param name="purpose">What the caller wants.</param>
    /// <param name="selection">The rows and columns.</param>
    /// <param name="dataset">What the selection stands for; null if there is none.</param>
    /// <param name="caller">Who calls.</param>
    /// <param name="ticketId">The ticket that is redeemed; null for none.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    /// <exception cref="Grpc.Core.RpcException">The caller may not.</exception>
    public async Task<string?> AdmitAsync(FlightPurpose purpose, DatasetSelection selection, DatasetPlan? dataset, Caller caller, string? ticketId, CancellationToken cancellationToken)
    {
        string[] columns = [.. (selection.Columns ?? NamesOf(dataset)).Union(dataset?.FilterColumns ?? [])];
        var question = caller.Asks(purpose, selection.Name, columns) with { Snapshot = dataset?.Table?.Snapshot, TicketId = ticketId };
        var decision = await access.DecideAsync(question, cancellationToken).ConfigureAwait(false);
        return decision.IsAllowed ? decision.Outcome : throw Denied(purpose, selection, caller, decision);
    }

    /// <summary>Those of some names that the caller may see.</summary>
    public async Task<List<string>> SeenAsync(IReadOnlyList<string> names, Caller caller, CancellationToken cancellationToken)
    {
        var seen = new List<string>();
        foreach (var name in names)
        {
            if ((await access.DecideAsync(caller.Asks(FlightPurpose.List, name, []), cancellationToken).ConfigureAwait(false)).IsAllowed)
            {
                seen.Add(name);
            }
        }

        return seen;
    }

    public async ValueTask<bool> MaySeeAsync(DatasetPlan dataset, Caller caller, CancellationToken cancellationToken) =>
        (await access.DecideAsync(caller.Asks(FlightPurpose.List, dataset.Name, NamesOf(dataset)) with { Snapshot = dataset.Table?.Snapshot }, cancellationToken).ConfigureAwait(false)).IsAllowed;

    /// <summary>A ticket was refused before its data set was known.</summary>
    public ValueTask RefusedAsync(Caller caller, string reason, CancellationToken cancellationToken) =>
        access.RecordAsync(new FlightOutcome(caller.Asks(FlightPurpose.Read, "", []), reason), cancellationToken);

    /// <summary>A read came to its end, whole or not.</summary>
    public ValueTask EndedAsync(TicketClaims claims, PlannedRead read, Caller caller, long rows, long bytes) =>
        access.RecordAsync(
            new FlightOutcome(
                caller.Asks(FlightPurpose.Read, read.Selection.Name, read.Selection.Columns ?? NamesOf(read.Store.Dataset)) with { Snapshot = read.Selection.Table?.Snapshot, TicketId = claims.Id },
                Reason: "") { Rows = rows, Bytes = bytes },
            CancellationToken.None);

    private static Grpc.Core.RpcException Denied(FlightPurpose purpose, DatasetSelection selection, Caller caller, FlightDecision decision) =>
        FlightErrors.Denied($"'{caller.Subject}' may not {Verb(purpose)} the data set '{selection.Name}': {decision.Reason}");

    private static IReadOnlyList<string> NamesOf(DatasetPlan? dataset) => dataset is null ? [] : [.. dataset.Schema.FieldsList.Select(field => field.Name)];

    private static string Verb(FlightPurpose purpose) => purpose switch
    {
        FlightPurpose.Warm => "load",
        FlightPurpose.Pin => "pin",
        FlightPurpose.Evict => "evict",
        FlightPurpose.Plan => "plan a read of",
        FlightPurpose.Put => "append to",
        _ => "read",
    };
}
