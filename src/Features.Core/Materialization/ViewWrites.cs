using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Online;
using Features.Core.PointInTime;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using ArrowSchemaType = Apache.Arrow.Schema;

namespace Features.Core.Materialization;

/// <summary>
/// Takes rows of one view that somebody else computed: keys, clocks, and the features' values by their names. They answer at once and are kept nowhere else: as <see cref="PushTo.Online"/>. Of a windowed
/// feature, the value is what the row brings to the window.
/// </summary>
public sealed class ViewWrites(PushPorts ports)
{
    /// <summary>The door of such rows (<see cref="Reader.Action"/>).</summary>
    public const string Action = "online.write";

    private const string Written = "_written";

    /// <summary>The columns that rows of a view have: the entity's keys and the event clock, which every row needs, the availability clock (the event clock where it is left out), and the features that have a value of a row.</summary>
    /// <exception cref="OnlineException">There is no such view.</exception>
    public async Task<ArrowSchemaType> DescribeAsync(string view, CancellationToken cancellationToken) =>
        (await OpenAsync(view, (_, _) => Task.CompletedTask, cancellationToken).ConfigureAwait(false)).Columns;

    /// <summary>Takes rows. When it returns, they answer.</summary>
    /// <param name="view">The view.</param>
    /// <param name="rows">Rows with columns of <see cref="DescribeAsync"/>. They stay the caller's.</param>
    /// <param name="reader">Who writes.</param>
    /// <param name="cancellationToken">Stops it before they answer.</param>
    /// <exception cref="OnlineException">There is no such view, or it was never materialised.</exception>
    /// <exception cref="AccessDeniedException">The policy denies it.</exception>
    public async Task WriteAsync(string view, RecordBatch rows, Reader reader, CancellationToken cancellationToken)
    {
        var names = rows.Schema.FieldsList.Select(f => f.Name).ToList();
        await ports.Gate.AdmitAsync(new ReadRequest(reader.Principal, reader.Action, view, null, names, reader.Purpose), rows.Length, cancellationToken).ConfigureAwait(false);
        await OpenAsync(view, (session, described) => PutAsync(session, described, rows, names, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private async Task PutAsync(ISqlSession session, Described described, RecordBatch rows, List<string> names, CancellationToken cancellationToken)
    {
        await session.AddBatchesAsync(Written, rows.Schema, One(rows), cancellationToken).ConfigureAwait(false);
        var batches = new List<RecordBatch>();
        try
        {
            await foreach (var batch in session.QueryAsync(described.Select(names), cancellationToken).ConfigureAwait(false))
            {
                batches.Add(batch);
            }

            await ports.Views.PushAsync(described.Plan, batches, described.Plan.View.Name, sequence: null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            batches.ForEach(b => b.Dispose());
        }
    }

    private async Task<Described> OpenAsync(string name, Func<ISqlSession, Described, Task> use, CancellationToken cancellationToken)
    {
        var definitions = await ports.Registry.LoadAsync(cancellationToken).ConfigureAwait(false);
        var view = definitions.Find<FeatureView>(name)
            ?? throw new OnlineException($"there is no feature view '{name}' among the definitions in force; {NearNames.Hint(name, [.. definitions.Definitions.OfType<FeatureView>().Select(v => v.Name)], "views")}", "view-missing");
        var entity = definitions.Find<Entity>(view.EntityName) ?? throw new OnlineException($"the entity '{view.EntityName}' of view '{name}' is not in force", "definition-missing");
        var from = ViewSource.Of(view, definitions, ports.Engine);
        var session = await ports.Engine.OpenAsync(SqlTrust.Pipeline, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            // The tables' columns alone say what the view's are.
            foreach (var table in from.Tables)
            {
                var identifier = TableIdentifier.TryParse(table) ?? throw new OnlineException($"view '{name}' reads '{table}', which is neither a table nor a declared source; name it namespace.table", "view-source");
                var schema = ArrowSchema.From((await ports.Gate.LoadAsync(identifier, cancellationToken).ConfigureAwait(false)).Metadata.CurrentSchema);
                await session.AddBatchesAsync(table, schema, None(), cancellationToken).ConfigureAwait(false);
            }

            var source = await ViewRows.OfAsync(session, view, entity, from.Relation, cancellationToken).ConfigureAwait(false);
            var plan = new OnlineViewPlan(view, entity, await source.DescribeAsync(session, cancellationToken).ConfigureAwait(false), ViewHash.Of(view, entity, definitions, ports.Engine));
            var described = new Described(plan, source.Query);
            await use(session, described).ConfigureAwait(false);
            return described;
        }
    }

    private static async IAsyncEnumerable<RecordBatch> One(RecordBatch batch)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        // The rows stay the caller's, and who reads them here disposes what it gets.
        yield return batch.SliceShared(0, batch.Length);
    }

    private static async IAsyncEnumerable<RecordBatch> None()
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield break;
    }

    /// <summary>What a view stores, and what its rows are called where others write them.</summary>
    private sealed record Described(OnlineViewPlan Plan, ViewQuery Query)
    {
        private Clocks Clocks => Plan.View.Clocks;

        public ArrowSchemaType Columns => new(
            [
                .. Plan.Entity.Keys.Select(k => Of(k.Name, k.Name, nullable: false)),
                Of(ViewQuery.Event, Clocks.Event, nullable: false),
                .. Clocks.Available is { } available ? [Of(ViewQuery.Available, available, nullable: true)] : Enumerable.Empty<Field>(),
                .. Plan.View.Features.Where(f => Query.IndexOf(f) >= 0).Select(f => Of(ValueOf(f), f.Name, nullable: true)),
            ],
            null);

        /// <summary>The stored columns, in the order that rows are stored in.</summary>
        public string Select(IReadOnlyList<string> given)
        {
            var known = Clocks.Available is { } clock && given.Contains(clock) ? $"COALESCE({Sql.Name(clock)}, {Sql.Name(Clocks.Event)})" : Sql.Name(Clocks.Event);
            var items = Plan.Schema.FieldsList.Select(f => f.Name switch
            {
                ViewQuery.Event => $"{Sql.Name(Clocks.Event)} AS {f.Name}",
                ViewQuery.Available => $"{known} AS {f.Name}",
                _ when Plan.Entity.Keys.Any(k => k.Name == f.Name) => Sql.Name(f.Name),
                // Features that read the same have the same value.
                var value => $"{Plan.View.Features.FirstOrDefault(x => ValueOf(x) == value && given.Contains(x.Name)) switch { null => "NULL", var x => Sql.Name(x.Name) }} AS {value}",
            }).ToList();
            var order = Plan.Entity.Keys.Select(k => Sql.Name(k.Name)).Append(ViewQuery.Event).Concat(Plan.Schema.FieldsList.Select(f => Sql.Name(f.Name)));
            return $"SELECT {string.Join(", ", items)} FROM {Written} ORDER BY {string.Join(", ", order.Distinct())}";
        }

        private string? ValueOf(Feature feature) => Query.IndexOf(feature) is >= 0 and var index ? Query.Values[index].Column : null;

        private Field Of(string? stored, string name, bool nullable) => new(name, Plan.Schema.GetFieldByName(stored).DataType, nullable);
    }
}
