using Apache.Arrow;
using Features.Flight.Cache;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Flight.Serving;

/// <summary>From a request or a ticket to a planned read, through the policy.</summary>
internal sealed class ReadPlanner(IDatasetSource source, IFlightAccess access)
{
    public async Task<PlannedRead> PlanAsync(DatasetRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var dataset = await AuthorizeAsync(FlightPurpose.Plan, request.Dataset, request.Columns, caller, ticketId: null, cancellationToken).ConfigureAwait(false);
        var order = new Order(dataset.Digest, dataset.Rows, request.Shuffle, request.Seed) { Policy = dataset.Outcome };
        request.State?.Check(order);
        if (request.Position > dataset.Rows)
        {
            throw FlightErrors.Malformed($"'position' is {request.Position}, and the data set '{dataset.Name}' has {dataset.Rows} rows");
        }

        return Project(dataset, request.Columns, order, request.Epoch, request.ToDelivery().From(dataset.Rows, request.Position));
    }

    /// <summary>The read of a ticket, if the policy still allows it and the data set is still what was planned.</summary>
    public async Task<PlannedRead> RedeemAsync(TicketClaims ticket, Caller caller, CancellationToken cancellationToken)
    {
        var dataset = await AuthorizeAsync(FlightPurpose.Read, ticket.Dataset, ticket.Columns, caller, ticket.Id, cancellationToken).ConfigureAwait(false);
        var order = ticket.Order with { Content = dataset.Digest, Rows = dataset.Rows, Policy = dataset.Outcome };
        return order == ticket.Order
            ? Project(dataset, ticket.Columns, order, ticket.Epoch, ticket.Delivery.From(dataset.Rows, ticket.Position))
            : throw FlightErrors.StalePlan($"the data set '{dataset.Name}' or the policy on it is another than when the ticket was given; ask GetFlightInfo for a new one");
    }

    /// <summary>The data set, if the caller may do that with it.</summary>
    public async Task<DatasetPlan> AuthorizeAsync(
        FlightPurpose purpose, string name, IReadOnlyList<string>? columns, Caller caller, string? ticketId, CancellationToken cancellationToken)
    {
        var dataset = await source.FindAsync(new DatasetSelection(name), outcome: null, cancellationToken).ConfigureAwait(false)
            ?? throw FlightErrors.NotFound(name, await ListNamesAsync(caller, cancellationToken).ConfigureAwait(false));
        CheckColumns(dataset, columns);
        var decision = await DecideAsync(purpose, dataset, columns, caller, ticketId, cancellationToken).ConfigureAwait(false);
        if (!decision.IsAllowed)
        {
            throw FlightErrors.Denied($"'{caller.Subject}' may not {Verb(purpose)} the data set '{name}': {decision.Reason}");
        }

        if (decision.Outcome is null)
        {
            return dataset;
        }

        // A source that does not know the outcome must not be taken for one that applied it.
        var treated = await source.FindAsync(new DatasetSelection(name), decision.Outcome, cancellationToken).ConfigureAwait(false);
        return treated?.Outcome == decision.Outcome
            ? treated!
            : throw FlightErrors.Denied($"the policy wants the data set '{name}' masked or filtered (outcome {decision.Outcome}), and its source cannot");
    }

    /// <summary>The data sets that the caller may see.</summary>
    public async IAsyncEnumerable<DatasetPlan> ListAsync(Caller caller, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var dataset in source.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            var decision = await DecideAsync(FlightPurpose.List, dataset, columns: null, caller, ticketId: null, cancellationToken).ConfigureAwait(false);
            if (decision.IsAllowed)
            {
                yield return dataset;
            }
        }
    }

    private static string Verb(FlightPurpose purpose) => purpose switch
    {
        FlightPurpose.Warm => "load",
        FlightPurpose.Evict => "evict",
        FlightPurpose.Plan => "plan a read of",
        _ => "read",
    };

    private static void CheckColumns(DatasetPlan dataset, IReadOnlyList<string>? columns)
    {
        var known = dataset.Schema.FieldsList.Select(field => field.Name).ToList();
        var unknown = (columns ?? []).Except(known).ToList();
        if (unknown.Count > 0)
        {
            throw FlightErrors.Malformed(
                $"the data set '{dataset.Name}' has no column {string.Join(", ", unknown.Select(name => $"'{name}'"))}; it has {string.Join(", ", known.Select(name => $"'{name}'"))}");
        }
    }

    private static PlannedRead Project(DatasetPlan dataset, IReadOnlyList<string>? columns, Order order, long epoch, DeliveryPlan delivery)
    {
        var fields = dataset.Schema.FieldsList;
        int[] ordinals = columns is null
            ? [.. Enumerable.Range(0, fields.Count)]
            : [.. columns.Select(name => Enumerable.Range(0, fields.Count).First(i => fields[i].Name == name))];
        var schema = columns is null ? dataset.Schema : new Schema(ordinals.Select(i => fields[i]), dataset.Schema.Metadata);
        return new PlannedRead(new StorePlan(dataset), schema, ordinals, order, epoch, delivery);
    }

    private ValueTask<FlightDecision> DecideAsync(
        FlightPurpose purpose, DatasetPlan dataset, IReadOnlyList<string>? columns, Caller caller, string? ticketId, CancellationToken cancellationToken) =>
        access.DecideAsync(
            new FlightAccess(purpose, caller.Subject, dataset.Name, [.. (columns ?? dataset.Schema.FieldsList.Select(field => field.Name)).Union(dataset.FilterColumns)])
            {
                Snapshot = dataset.Table?.Snapshot,
                TicketId = ticketId,
                Client = caller.Client,
            },
            cancellationToken);

    private async Task<List<string>> ListNamesAsync(Caller caller, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var dataset in ListAsync(caller, cancellationToken).ConfigureAwait(false))
        {
            names.Add(dataset.Name);
        }

        return names;
    }
}
