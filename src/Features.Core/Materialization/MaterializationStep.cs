using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Online;
using Features.Iceberg.Scans;

namespace Features.Core.Materialization;

/// <summary>
/// One step of a view to a target: its parts, one after the other, and then it is published. What its parts are follows from the two snapshots alone, so that a step which was stopped is taken up at the first part that is
/// not in.
/// </summary>
internal sealed class MaterializationStep(
    ISqlEngine engine, IOnlineViews views, FeatureView view, Entity entity, string relation, string hash, int rowsPerPart, TimeProvider clock, IProgress<MaterializationProgress>? progress)
{
    private const int KeysPerBatch = 16_384;

    private readonly KeyEncoding encoding = new(entity);
    private OnlineViewPlan plan = null!;
    private MaterializationMode mode;
    private bool splitsKeys = true;
    private long rows, planned, written, recomputed, part, resumeAt;
    private long latest = long.MinValue;

    /// <summary>Takes the step.</summary>
    /// <param name="reads">The tables at the target.</param>
    /// <param name="target">The target.</param>
    /// <param name="difference">What happened since the view's state; null to read everything anew.</param>
    /// <param name="before">The view's state; null if it was never materialised.</param>
    /// <param name="cancellationToken">Stops it; it can be taken up.</param>
    public async Task<StepResult> TakeAsync(IReadOnlyList<PinnedRead> reads, IReadOnlyList<OnlineSource> target, SnapshotDifference? difference, OnlineViewState? before, CancellationToken cancellationToken)
    {
        mode = difference is null ? MaterializationMode.Full : difference.Removed is null ? MaterializationMode.Append : MaterializationMode.Keys;
        var session = await engine.OpenAsync(SqlTrust.Pipeline, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            foreach (var read in reads)
            {
                await session.AddTableAsync(read.Table.Identifier!.ToString(), difference?.Added ?? read.Plan, cancellationToken).ConfigureAwait(false);
            }

            var source = await ViewRows.OfAsync(session, view, entity, relation, cancellationToken).ConfigureAwait(false);
            plan = new OnlineViewPlan(view, entity, await source.DescribeAsync(session, cancellationToken).ConfigureAwait(false), hash);
            resumeAt = (await views.BeginAsync(plan, target, difference is null, cancellationToken).ConfigureAwait(false)).Step?.PartsDone ?? 0;
            planned = (difference?.Added is { } added ? [added] : reads.Select(r => r.Plan)).Sum(p => p.Tasks.Sum(t => t.File.RecordCount));
            await (mode switch
            {
                MaterializationMode.Full => PutAsync(session, source.Sorted, cancellationToken),
                MaterializationMode.Append => AppendAsync(session, source, reads[0], cancellationToken),
                _ => PutDifferingAsync(session, source, reads[0], difference!.Removed!, cancellationToken),
            }).ConfigureAwait(false);
        }

        var state = await views.PublishAsync(plan, Frontier(mode == MaterializationMode.Full ? null : before!.Frontier), cancellationToken).ConfigureAwait(false);
        return new StepResult(state, new StepCounts(mode, rows, written, recomputed, resumeAt > 0));
    }

    /// <summary>
    /// Adds the rows that a session has, and then puts those keys again of which a row equals another in its clocks: which of them wins depends on more than the view keeps. The view remembers them until they are put.
    /// </summary>
    private async Task AppendAsync(ISqlSession session, ViewRows source, PinnedRead now, CancellationToken cancellationToken)
    {
        await foreach (var next in PartsAsync(session, source.Sorted, cancellationToken).ConfigureAwait(false))
        {
            if (part++ >= resumeAt)
            {
                await views.AddAsync(plan, next.Rows, part - 1, cancellationToken).ConfigureAwait(false);
                written += next.Keys.Count;
                Report();
            }
        }

        if ((await views.FindAsync(view.Name, cancellationToken).ConfigureAwait(false))?.Step?.Undecided is not { Count: > 0 } undecided)
        {
            return;
        }

        // What is left to be put again is what no part has put yet; its parts come behind all that are in. A key must not be left half put, for it would not be told from one that is whole.
        part = Math.Max(part, resumeAt);
        splitsKeys = false;
        var keys = undecided.Chunk(KeysPerBatch).Select(k => OnlineKeys.Decode(plan, k));
        await session.AddTableAsync(now.Table.Identifier!.ToString(), now.Plan, cancellationToken).ConfigureAwait(false);
        await session.AddBatchesAsync(ViewRows.Affected, new Schema([.. entity.Keys.Select(k => plan.Schema.GetFieldByName(k.Name))], null), keys.ToAsyncEnumerable(), cancellationToken).ConfigureAwait(false);
        await PutAffectedAsync(session, source, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts the keys again whose rows differ between the files that are gone and those that came.</summary>
    private async Task PutDifferingAsync(ISqlSession session, ViewRows source, PinnedRead now, ScanPlan removed, CancellationToken cancellationToken)
    {
        var table = now.Table.Identifier!.ToString();
        await session.MaterializeAsync("_added", source.Whole, cancellationToken).ConfigureAwait(false);
        await session.AddTableAsync(table, removed with { Projection = now.Plan.Projection }, cancellationToken).ConfigureAwait(false);
        await session.MaterializeAsync("_removed", source.Whole, cancellationToken).ConfigureAwait(false);
        await session.AddTableAsync(table, now.Plan, cancellationToken).ConfigureAwait(false);
        await session.MaterializeAsync(ViewRows.Affected, source.Differing("_added", "_removed"), cancellationToken).ConfigureAwait(false);
        await PutAffectedAsync(session, source, cancellationToken).ConfigureAwait(false);
    }

    private async Task PutAffectedAsync(ISqlSession session, ViewRows source, CancellationToken cancellationToken)
    {
        const string Rows = "_affected_rows";
        planned += await session.MaterializeAsync(Rows, source.OfKeys, cancellationToken).ConfigureAwait(false);
        var affected = source.Over(Rows);
        await foreach (var batch in session.QueryAsync(affected.KeysWithoutRows, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                var keys = encoding.Of(batch).OfType<ReadOnlyMemory<byte>>().ToList();
                if (part++ >= resumeAt)
                {
                    await views.ReplaceAsync(plan, keys, [], part - 1, cancellationToken).ConfigureAwait(false);
                    (written, recomputed) = (written + keys.Count, recomputed + keys.Count);
                }
            }
        }

        var before = written;
        await PutAsync(session, affected.Sorted, cancellationToken).ConfigureAwait(false);
        recomputed += written - before;
    }

    private async Task PutAsync(ISqlSession session, string sorted, CancellationToken cancellationToken)
    {
        await foreach (var next in PartsAsync(session, sorted, cancellationToken).ConfigureAwait(false))
        {
            if (part++ < resumeAt)
            {
                continue;
            }

            if (next.IsRest)
            {
                await views.AddAsync(plan, next.Rows, part - 1, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await views.ReplaceAsync(plan, next.Keys, next.Rows, part - 1, cancellationToken).ConfigureAwait(false);
                written += next.Keys.Count;
            }

            Report();
        }
    }

    private async IAsyncEnumerable<RowPart> PartsAsync(ISqlSession session, string sorted, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var parts = new RowParts(rowsPerPart, encoding, view.Clocks.Available is not null, splitsKeys);
        await foreach (var next in parts.OfAsync(session.QueryAsync(sorted, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            rows += next.RowCount;
            latest = Math.Max(latest, next.LatestEvent);
            yield return next;
        }
    }

    /// <summary>
    /// From when on answers are exact: the moment of this step, or that of the newest event; never earlier than the view was before, for what older moments would need may be gone. A table without rows has no events: 1970.
    /// </summary>
    private long Frontier(long? before)
    {
        var now = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        return latest == long.MinValue ? before ?? 0 : Math.Max(before ?? long.MinValue, Math.Min(now, latest));
    }

    private void Report() => progress?.Report(new MaterializationProgress(view.Name, mode, rows, planned, part));
}
