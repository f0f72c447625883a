using System.Runtime.ExceptionServices;
using Apache.Arrow;
using Features.Flight.Cache;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Flight.Serving;

/// <summary>From a request or a ticket to a planned read, through the policy.</summary>
internal sealed class ReadPlanner(IDatasetSource source, AccessDesk access, FollowedReads follows)
{
    public async Task<PlannedRead> PlanAsync(DatasetRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var newest = StoreOf(await AuthorizeAsync(FlightPurpose.Plan, request.ToSelection(), caller, ticketId: null, cancellationToken).ConfigureAwait(false), request.Tensor, request.Columns);
        var store = request.Follow ? follows.Begin(request, newest, caller) : newest;
        var dataset = store.Dataset;
        var order = new Order(dataset.Digest, dataset.Rows, request.Shuffle, request.Seed) { Filter = dataset.Filter, Policy = dataset.Outcome, Grouping = request.Grouping };
        request.State?.Check(order);
        if (request.Position > dataset.Rows)
        {
            throw FlightErrors.Malformed($"'position' is {request.Position}, and the data set '{dataset.Name}' has {dataset.Rows} rows");
        }

        var selection = request.ToSelection() with { Table = dataset.Table };
        return Project(store, selection, order, request.Epoch, request.ToDelivery().From(dataset.Rows, request.Position)) with { MaxMessageBytes = request.MaxMessageBytes };
    }

    /// <summary>The read of a ticket, if the policy still allows it and the data set is still what was planned.</summary>
    public async Task<PlannedRead> RedeemAsync(TicketClaims ticket, Caller caller, CancellationToken cancellationToken)
    {
        var dataset = await AuthorizeAsync(FlightPurpose.Read, ticket.Selection, caller, ticket.Id, cancellationToken).ConfigureAwait(false);
        if (OrderOf(dataset) != ticket.Order && follows.Recall(ticket) is { } older && older.Outcome == dataset.Outcome)
        {
            dataset = older;
        }

        return OrderOf(dataset) == ticket.Order
            ? Project(StoreOf(dataset, ticket.Tensor, ticket.Selection.Columns), ticket.Selection, ticket.Order, ticket.Epoch, ticket.Delivery.From(dataset.Rows, ticket.Position)) with { MaxMessageBytes = ticket.MaxMessageBytes }
            : throw FlightErrors.StalePlan($"the data set '{dataset.Name}' or the policy on it is another than when the ticket was given; ask GetFlightInfo for a new one");

        Order OrderOf(DatasetPlan plan) => ticket.Order with { Content = plan.Digest, Rows = plan.Rows, Filter = plan.Filter, Policy = plan.Outcome };
    }

    /// <summary>The data set as it would lie in memory for a request, if the caller may do that with it.</summary>
    public async Task<StorePlan> AuthorizeStoreAsync(FlightPurpose purpose, DatasetRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var dataset = await AuthorizeAsync(purpose, request.ToSelection(), caller, ticketId: null, cancellationToken).ConfigureAwait(false);
        return StoreOf(dataset, request.Tensor, request.Columns);
    }

    /// <summary>The data set of a selection, pinned, if the caller may do that with it. Who may not learns nothing of it, not even whether it exists.</summary>
    public async Task<DatasetPlan> AuthorizeAsync(FlightPurpose purpose, DatasetSelection selection, Caller caller, string? ticketId, CancellationToken cancellationToken)
    {
        await access.ForeseeAsync(purpose, selection, caller, ticketId, cancellationToken).ConfigureAwait(false);
        var (found, fault) = await TryFindAsync(selection with { Filter = null }, cancellationToken).ConfigureAwait(false);
        var outcome = await access.AdmitAsync(purpose, selection, found, caller, ticketId, cancellationToken).ConfigureAwait(false);
        if (fault is DatasetNotFoundException missing)
        {
            throw FlightErrors.NotFound(missing, await access.SeenAsync(missing.Near, caller, cancellationToken).ConfigureAwait(false));
        }

        if (fault is not null)
        {
            ExceptionDispatchInfo.Throw(fault);
        }

        var dataset = found ?? throw FlightErrors.NotFound(selection.Name, await ListNamesAsync(caller, cancellationToken).ConfigureAwait(false));
        CheckColumns(dataset, selection.Columns);
        if (outcome is null && selection.Filter is null)
        {
            return dataset;
        }

        var treated = await source.FindAsync(selection with { Table = dataset.Table }, outcome, cancellationToken).ConfigureAwait(false);
        CheckTreated(selection, outcome, treated);

        // What a filter reads is known once it was parsed: the caller must be allowed to see that too.
        var isCovered = treated!.FilterColumns.All((selection.Columns ?? [.. dataset.Schema.FieldsList.Select(field => field.Name)]).Contains);
        return isCovered || await access.AdmitAsync(purpose, selection, treated, caller, ticketId, cancellationToken).ConfigureAwait(false) == outcome
            ? treated
            : throw FlightErrors.StalePlan($"the policy on the data set '{selection.Name}' changed meanwhile; try again");
    }

    /// <summary>The data sets that the caller may see.</summary>
    public async IAsyncEnumerable<DatasetPlan> ListAsync(Caller caller, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var dataset in source.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await access.MaySeeAsync(dataset, caller, cancellationToken).ConfigureAwait(false))
            {
                yield return dataset;
            }
        }
    }

    // A source that does not know the outcome, or the filter, must not be taken for one that applied it.
    private static void CheckTreated(DatasetSelection selection, string? outcome, DatasetPlan? treated)
    {
        if (treated is null || treated.Outcome != outcome)
        {
            throw FlightErrors.Denied($"the policy wants the data set '{selection.Name}' masked or filtered (outcome {outcome}), and its source cannot");
        }

        if (selection.Filter is not null && treated.Filter is null)
        {
            throw FlightErrors.NotServed($"the data set '{selection.Name}' cannot be filtered; leave 'filter' out, and filter in its definition");
        }
    }

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

    private static StorePlan StoreOf(DatasetPlan dataset, TensorOptions? tensor, IReadOnlyList<string>? columns)
    {
        if (tensor is null || columns is null)
        {
            return new StorePlan(dataset, tensor);
        }

        string[] features = [.. columns.Where(name => dataset.Roles.GetValueOrDefault(name) == ColumnRole.Feature)];
        return features.Length > 0
            ? new StorePlan(dataset, tensor, features)
            : throw FlightErrors.Malformed($"'columns' names no feature of the data set '{dataset.Name}', and the layout 'tensor' needs one; name some, or use the layout 'columns'");
    }

    // Asked for by name, columns come in that order. Packed ones are none of the data set's names: they come first.
    private static PlannedRead Project(StorePlan store, DatasetSelection selection, Order order, long epoch, DeliveryPlan delivery)
    {
        var (schema, fields) = (store.Schema, store.Schema.FieldsList);
        var ordinals = Enumerable.Range(0, fields.Count).ToArray();
        if (selection.Columns is { } columns)
        {
            var own = store.Dataset.Schema.FieldsList.Select(field => field.Name).ToHashSet();
            var places = ordinals.ToLookup(i => fields[i].Name);
            ordinals = [.. ordinals.Where(i => !own.Contains(fields[i].Name)), .. columns.SelectMany(name => places[name].Take(1))];
            schema = new Schema(ordinals.Select(i => fields[i]), schema.Metadata);
        }

        return new PlannedRead(store, schema, ordinals, order, epoch, delivery) { Selection = selection };
    }

    // A selection that cannot be, or be read, is said only to those who may know.
    private async Task<(DatasetPlan? Found, Exception? Fault)> TryFindAsync(DatasetSelection selection, CancellationToken cancellationToken)
    {
        try
        {
            return (await source.FindAsync(selection, outcome: null, cancellationToken).ConfigureAwait(false), null);
        }
        catch (Exception fault) when (fault is FormatException or DatasetNotFoundException or DatasetSourceException)
        {
            return (null, fault);
        }
    }

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
