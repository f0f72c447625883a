using System.Globalization;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Inbox;
using Features.Core.Lineage;
using Features.Core.Online;
using Features.Iceberg;

namespace Features.Core.Materialization;

/// <summary>
/// Brings views online to their sources' newest snapshots, by the difference between the snapshot that is there and the newest: what was added is added, keys of which a row was removed or changed are put again. What came
/// late and what was corrected is thereby found, however old it is. A step that was stopped is taken up where it was. One process at a time works on a view; others wait for it.
/// </summary>
/// <param name="engine">Evaluates the views' expressions.</param>
/// <param name="gate">Every table is read through it.</param>
/// <param name="views">Where the rows go.</param>
/// <param name="inbox">Whose pushed batches are told apart.</param>
/// <param name="lineage">Gets the runs' events.</param>
/// <param name="lease">Lets one at a time work on a view.</param>
/// <param name="jobNamespace">The OpenLineage namespace of the workspace's jobs.</param>
/// <param name="clock">The clock of answers.</param>
public sealed class Materializer(ISqlEngine engine, ReadGate gate, IOnlineViews views, IInbox inbox, ILineageSink lineage, MaterializationLease lease, string jobNamespace, TimeProvider clock)
{
    /// <summary>The door through which sources are read (<see cref="Reader.Action"/>).</summary>
    public const string Action = "materialize";

    /// <summary>Rows of one part. Default 65,536: a few megabytes.</summary>
    public int RowsPerPart { get; init; } = 65_536;

    /// <summary>Called before a view's tables are pinned, to bring those up to date that mirror something else, such as folders of files. Default: nothing to do.</summary>
    public Func<DefinitionSet, FeatureView, CancellationToken, Task> Prepare { get; init; } = (_, _, _) => Task.CompletedTask;

    /// <summary>Materialises views, one after the other, and yields what each came to.</summary>
    /// <exception cref="MaterializationException">There is no such view.</exception>
    /// <exception cref="AccessDeniedException">The reader may not read one of the tables.</exception>
    public async Task<IReadOnlyList<MaterializedView>> MaterializeAsync(MaterializeRequest request, IProgress<MaterializationProgress>? progress, CancellationToken cancellationToken)
    {
        var results = new List<MaterializedView>();
        foreach (var view in Chosen(request))
        {
            var held = await lease.TakeAsync(view.Name, cancellationToken).ConfigureAwait(false);
            await using (held.ConfigureAwait(false))
            {
                results.Add(await MaterializeAsync(view, request, progress, cancellationToken).ConfigureAwait(false));
            }
        }

        return results;
    }

    /// <summary>How far views are, and how many snapshots they are behind.</summary>
    /// <exception cref="MaterializationException">There is no such view.</exception>
    public async Task<IReadOnlyList<ViewLag>> StatusAsync(MaterializeRequest request, CancellationToken cancellationToken)
    {
        var lags = new List<ViewLag>();
        foreach (var view in Chosen(request))
        {
            var entity = EntityOf(view, request.Definitions);
            var state = await views.FindAsync(view.Name, cancellationToken).ConfigureAwait(false);
            var tables = new List<Table>();
            foreach (var name in ViewSource.Of(view, request.Definitions, engine).Tables)
            {
                tables.Add(await gate.LoadAsync(Identify(view, name), cancellationToken).ConfigureAwait(false));
            }

            lags.Add(ViewLag.Of(view.Name, state, ViewHash.Of(view, entity, request.Definitions, engine), tables));
        }

        return lags;
    }

    private async Task<MaterializedView> MaterializeAsync(FeatureView view, MaterializeRequest request, IProgress<MaterializationProgress>? progress, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var entity = EntityOf(view, request.Definitions);
        var source = ViewSource.Of(view, request.Definitions, engine);
        var inboxId = await inbox.GetIdAsync(cancellationToken).ConfigureAwait(false);
        await Prepare(request.Definitions, view, cancellationToken).ConfigureAwait(false);
        var newest = new List<PinnedRead>();
        foreach (var name in source.Tables)
        {
            newest.Add(await gate.OpenAsync(request.Reader, Identify(view, name), ReadSelection.Current, cancellationToken).ConfigureAwait(false));
        }

        var target = newest.Select(r => SourceStates.Of(r, inboxId)).ToList();
        var hash = ViewHash.Of(view, entity, request.Definitions, engine);
        var before = await views.FindAsync(view.Name, cancellationToken).ConfigureAwait(false);
        var from = SourceStates.Snapshots(before?.Sources ?? []);
        var done = new MaterializedView(view.Name, MaterializationMode.Unchanged, from, SourceStates.Snapshots(target), 0, 0, 0, Resumed: false, TimeSpan.Zero);
        var isForced = request.Full;
        while (NextStep.Of(before, hash, target, isForced, newest) is { } next)
        {
            var reads = next.IsNewest ? newest : await OpenAsync(request.Reader, newest, next.Target, cancellationToken).ConfigureAwait(false);
            var difference = next.IsFull || !RowByRow.Is(view, source, engine)
                ? null
                : await SnapshotDifference.BetweenAsync(gate, request.Reader, reads[0], before!.Sources[0].SnapshotId, cancellationToken).ConfigureAwait(false);
            if (difference is null && !next.IsNewest && !next.IsFull)
            {
                // Its step cannot be finished as it was begun, so it may as well go to the newest.
                (reads, next) = (newest, new NextStep(target, IsFull: true, IsNewest: true));
            }

            var run = new MaterializationRun(view, source, lineage, jobNamespace, clock);
            await run.StartAsync(reads, cancellationToken).ConfigureAwait(false);
            try
            {
                var step = new MaterializationStep(engine, views, view, entity, source.Relation, hash, RowsPerPart, clock, progress);
                var result = await step.TakeAsync(reads, next.Target, difference, before, cancellationToken).ConfigureAwait(false);
                before = result.State;
                await run.CompleteAsync(before, result.Counts, cancellationToken).ConfigureAwait(false);
                done = done with
                {
                    Mode = result.Counts.Mode,
                    RowsRead = done.RowsRead + result.Counts.Rows,
                    KeysWritten = done.KeysWritten + result.Counts.Keys,
                    KeysRecomputed = done.KeysRecomputed + result.Counts.Recomputed,
                    Resumed = done.Resumed || result.Counts.Resumed,
                };
            }
            catch (Exception fault)
            {
                await run.FailAsync(fault is FeaturesException or IcebergException ? fault.Message : fault.GetType().Name).ConfigureAwait(false);
                throw;
            }

            isForced = false;
        }

        return done with { Elapsed = clock.GetElapsedTime(began) };
    }

    /// <summary>The tables at the snapshots of a step that was begun.</summary>
    private async Task<IReadOnlyList<PinnedRead>> OpenAsync(Reader reader, IReadOnlyList<PinnedRead> newest, IReadOnlyList<OnlineSource> target, CancellationToken cancellationToken)
    {
        var reads = new List<PinnedRead>();
        foreach (var (read, source) in newest.Zip(target))
        {
            reads.Add(read.Plan.Snapshot?.SnapshotId == source.SnapshotId ? read
                : source.SnapshotId is null ? read with { Plan = read.Plan with { Snapshot = null, Tasks = [] } }
                : await gate.OpenAsync(reader, read.Table, new ReadSelection { SnapshotId = source.SnapshotId }, cancellationToken).ConfigureAwait(false));
        }

        return reads;
    }

    private static List<FeatureView> Chosen(MaterializeRequest request)
    {
        var all = request.Definitions.Definitions.OfType<FeatureView>().ToList();
        var unknown = request.Views.Where(n => all.All(v => v.Name != n)).ToList();
        if (unknown.Count > 0)
        {
            throw new MaterializationException("view-missing", $"there is no feature view {string.Join(", ", unknown.Select(u => $"'{u}'"))} among the definitions in force; {NearNames.Hint(unknown[0], [.. all.Select(v => v.Name)], "views")}");
        }

        var named = request.Views.Select(n => all.First(v => v.Name == n)).Concat(request.Service is { } service ? OfService(request.Definitions, service) : []).DistinctBy(v => v.Name).ToList();
        return named.Count == 0 && request.Service is null ? all : named;
    }

    private static IEnumerable<FeatureView> OfService(DefinitionSet definitions, string name) => definitions.Find<FeatureService>(name) is { } service
        ? FeatureSelection.Resolve(definitions, service).Joined.Select(f => f.View)
        : throw new MaterializationException("service-missing", $"there is no feature service '{name}' among the definitions in force; {NearNames.Hint(name, [.. definitions.Definitions.OfType<FeatureService>().Select(s => s.Name)], "services")}");

    private static Entity EntityOf(FeatureView view, DefinitionSet definitions) => definitions.Find<Entity>(view.EntityName)
        ?? throw new MaterializationException("definition-missing", $"view '{view.Name}' is of entity '{view.EntityName}', which no definition in force declares; declare it with kind: Entity");

    private static TableIdentifier Identify(FeatureView view, string name) => TableIdentifier.TryParse(name)
        ?? throw new MaterializationException("view-source", string.Create(CultureInfo.InvariantCulture, $"view '{view.Name}' reads '{name}', which is neither a table nor a declared source; name it namespace.table"));
}
