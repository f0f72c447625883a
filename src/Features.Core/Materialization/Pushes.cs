using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Ingestion;
using Features.Core.Online;
using Features.Iceberg;

namespace Features.Core.Materialization;

/// <summary>
/// Takes pushed rows: durably into the inbox first, and then into what is answered online, under the batch's number in the inbox. Once a snapshot that holds the batch is materialised, the table's rows answer in their place, so
/// that a row never counts twice.
/// </summary>
public sealed class Pushes(PushPorts ports)
{
    /// <summary>The door of pushes (<see cref="Reader.Action"/>).</summary>
    public const string Action = "push";

    /// <summary>Pushes rows. When it returns, rows that go offline are durable, and rows that go online answer.</summary>
    /// <param name="name">The push source.</param>
    /// <param name="rows">Rows with the table's columns, by name; columns that may be null may be left out. They stay the caller's.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="reader">Who pushes.</param>
    /// <param name="pushId">Names the push, so that it may be sent again and counts once; null makes one up. Without meaning for rows that are online only.</param>
    /// <param name="cancellationToken">Stops it; what was taken in durably stays.</param>
    /// <exception cref="PushException">There is no such push source, or the columns are not the table's.</exception>
    /// <exception cref="AccessDeniedException">The policy denies it.</exception>
    /// <exception cref="OnlineException">Rows that are to be online only cannot be, in some view.</exception>
    public async Task<PushResult> PushAsync(string name, RecordBatch rows, PushTo to, Reader reader, string? pushId, CancellationToken cancellationToken)
    {
        var definitions = await ports.Registry.LoadAsync(cancellationToken).ConfigureAwait(false);
        var source = definitions.Find<PushSource>(name)
            ?? throw new PushException("push-source-missing", $"no definition in force declares the push source '{name}'; {NearNames.Hint(name, [.. definitions.Definitions.OfType<PushSource>().Select(p => p.Name)], "push sources")}");
        var table = await ports.Gate.LoadAsync(TableIdentifier.TryParse(source.Table)
            ?? throw new PushException("push-source-table", $"the push source '{name}' has '{source.Table}' as its table; name it namespace.table"), cancellationToken).ConfigureAwait(false);
        var columns = rows.Schema.FieldsList.Select(f => f.Name).ToList();
        await ports.Gate.AdmitAsync(new ReadRequest(reader.Principal, reader.Action, source.Table, table.Metadata.CurrentSnapshotId, columns, reader.Purpose), rows.Length, cancellationToken).ConfigureAwait(false);
        var pipeline = PushPipeline.Of(source, table.Metadata.CurrentSchema);
        Check(name, rows, pipeline.Contract!, source.Table);

        var sequence = to == PushTo.Online ? (long?)null : (await ports.Ingest.AcceptAsync(source, rows, pushId, cancellationToken).ConfigureAwait(false)).Sequence;
        if (to == PushTo.Offline)
        {
            return new PushResult(rows.Length, null, sequence, []);
        }

        var (good, views) = await PutOnlineAsync(definitions, source, pipeline, rows, sequence, cancellationToken).ConfigureAwait(false);
        return views.Where(v => v.Problem is not null).ToList() is { Count: > 0 } failed && to == PushTo.Online
            ? throw new OnlineException($"the rows pushed to '{name}' are to be online only, and cannot be in {string.Join("; ", failed.Select(v => $"view '{v.View}': {v.Problem}"))}", "push-online")
            : new PushResult(rows.Length, rows.Length - good, sequence, views);
    }

    /// <summary>What ingestion would find good, and of that each view's rows, by the very SELECTs that cleaning and materialisation use.</summary>
    private async Task<(long Good, IReadOnlyList<PushedView> Views)> PutOnlineAsync(
        DefinitionSet definitions, PushSource source, AppliedPipeline pipeline, RecordBatch rows, long? sequence, CancellationToken cancellationToken)
    {
        var session = await ports.Engine.OpenAsync(SqlTrust.Pipeline, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            var plan = CleaningPlan.Build(pipeline.Pipeline, pipeline.Contract, rows.Schema.FieldsList, $"push to {source.Name}", ports.Engine);
            var numbered = Numbered(rows);
            await session.AddBatchesAsync(CleaningPlan.File, numbered.Schema, One(numbered), cancellationToken).ConfigureAwait(false);
            var kept = Sql.Names(pipeline.Contract!.Columns.Select(c => c.Name));
            var good = await session.MaterializeAsync(source.Table, $"SELECT {kept} FROM ({plan.CleanedRows}) AS _cleaned WHERE {CleaningPlan.Breaches} = ''", cancellationToken).ConfigureAwait(false);

            var views = new List<PushedView>();
            foreach (var view in definitions.Definitions.OfType<FeatureView>())
            {
                var from = ViewSource.Of(view, definitions, ports.Engine);
                if (from.Tables.Contains(source.Table))
                {
                    views.Add(await PutOnlineAsync(session, definitions, view, from, source.Name, sequence, cancellationToken).ConfigureAwait(false));
                }
            }

            return (good, views);
        }
    }

    private async Task<PushedView> PutOnlineAsync(
        ISqlSession session, DefinitionSet definitions, FeatureView view, ViewSource from, string pushSource, long? sequence, CancellationToken cancellationToken)
    {
        if (!RowByRow.Is(view, from, ports.Engine))
        {
            return new PushedView(view.Name, 0, "its SQL makes rows of several rows, so that a pushed row alone says nothing; it has them when they are materialised");
        }

        try
        {
            var entity = definitions.Find<Entity>(view.EntityName) ?? throw new OnlineException($"its entity '{view.EntityName}' is not in force");
            var source = await ViewRows.OfAsync(session, view, entity, from.Relation, cancellationToken).ConfigureAwait(false);
            var plan = new OnlineViewPlan(view, entity, await source.DescribeAsync(session, cancellationToken).ConfigureAwait(false), ViewHash.Of(view, entity, definitions, ports.Engine));
            var batches = new List<RecordBatch>();
            try
            {
                await foreach (var batch in session.QueryAsync(source.Sorted, cancellationToken).ConfigureAwait(false))
                {
                    batches.Add(batch);
                }

                await ports.Views.PushAsync(plan, batches, pushSource, sequence, cancellationToken).ConfigureAwait(false);
                return new PushedView(view.Name, batches.Sum(b => (long)b.Length), null);
            }
            finally
            {
                batches.ForEach(b => b.Dispose());
            }
        }
        catch (Exception fault) when (fault is OnlineException or SqlException)
        {
            return new PushedView(view.Name, 0, fault.Message);
        }
    }

    private static void Check(string name, RecordBatch rows, Contract contract, string table)
    {
        var given = rows.Schema.FieldsList.Select(f => f.Name).ToList();
        var faults = given.Where(g => contract.Columns.All(c => c.Name != g)).Select(g => $"'{g}' is no column of the table that can be pushed; {NearNames.Hint(g, [.. contract.Columns.Select(c => c.Name)], "columns")}")
            .Concat(contract.Columns.Where(c => c.Required && !given.Contains(c.Name)).Select(c => $"'{c.Name}' is missing, and the table requires it"))
            .Concat(given.GroupBy(g => g, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => $"'{g.Key}' is there more than once")).ToList();
        if (faults.Count > 0)
        {
            throw new PushException("push-columns", $"what is pushed to '{name}' does not have the columns of table '{table}': {string.Join("; ", faults)}");
        }
    }

    private static RecordBatch Numbered(RecordBatch rows)
    {
        var numbers = new Int64Array.Builder().Reserve(rows.Length);
        for (var i = 0; i < rows.Length; i++)
        {
            numbers.Append(i);
        }

        var schema = new Apache.Arrow.Schema([.. rows.Schema.FieldsList, new Field(CleaningPlan.RowNumber, Int64Type.Default, nullable: false)], null);
        return new RecordBatch(schema, rows.Arrays.Append(numbers.Build()), rows.Length);
    }

    private static async IAsyncEnumerable<RecordBatch> One(RecordBatch batch)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        // The rows stay the caller's, and who reads them here disposes what it gets.
        yield return batch.SliceShared(0, batch.Length);
    }
}
