using System.Globalization;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Lineage;
using Features.Core.Online;

namespace Features.Core.Materialization;

/// <summary>One step of a view's materialisation as OpenLineage sees it: a START with every pinned input, and one end.</summary>
internal sealed class MaterializationRun(FeatureView view, ViewSource source, ILineageSink lineage, string jobNamespace, TimeProvider clock)
{
    private readonly string runId = RunId.New(clock);
    private IReadOnlyList<LineageDataset> inputs = [];

    public Task StartAsync(IReadOnlyList<PinnedRead> reads, CancellationToken cancellationToken)
    {
        inputs = [.. reads.Select(Input)];
        return EmitAsync(RunState.Start, [], [], cancellationToken);
    }

    public Task CompleteAsync(OnlineViewState state, StepCounts counts, CancellationToken cancellationToken)
    {
        var snapshots = string.Join(' ', state.Sources.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Table}@{s.SnapshotId}")));
        var tags = new Dictionary<string, string> { ["mode"] = counts.Mode.ToString().ToLowerInvariant(), ["snapshots"] = snapshots };
        var columns = source.Tables.Count == 0 ? [] : view.Features.Select(f => (f.Name, Type: f.Aggregate is null ? "latest" : f.Aggregate.ToString()!.ToLowerInvariant()));
        return EmitAsync(
            RunState.Complete,
            [RunFacets.Tags(tags)],
            [new LineageDataset($"{jobNamespace}.online", view.Name, [DatasetFacets.Schema(columns), DatasetFacets.Version(snapshots)], [DatasetFacets.OutputStatistics(counts.Keys, null, 0)])],
            cancellationToken);
    }

    public Task FailAsync(string reason) => EmitAsync(RunState.Fail, [RunFacets.ErrorMessage(reason)], [], CancellationToken.None);

    private Task EmitAsync(RunState state, IReadOnlyList<Facet> facets, IReadOnlyList<LineageDataset> outputs, CancellationToken cancellationToken) => lineage.EmitAsync(
        new RunEvent
        {
            State = state,
            Time = clock.GetUtcNow(),
            RunId = runId,
            RunFacets = facets,
            Job = new LineageJob(jobNamespace, $"online.{view.Name}", view.Sql is null ? [JobFacets.JobType("MATERIALIZATION")] : [JobFacets.JobType("MATERIALIZATION"), JobFacets.Sql(view.Sql)]),
            Inputs = inputs,
            Outputs = outputs,
        },
        mayStand: false,
        cancellationToken);

    private static LineageDataset Input(PinnedRead read)
    {
        var facets = new List<Facet> { DatasetFacets.Schema(read.Plan.Projection) };
        if (read.Plan.Snapshot is { } snapshot)
        {
            facets.Add(DatasetFacets.Version(snapshot.SnapshotId));
        }

        return new LineageDataset(LineageNames.Of(read.Table), facets, [DatasetFacets.InputStatistics(read.Plan.Report.RowsPlanned, read.Plan.Report.BytesPlanned, read.Plan.Report.FilesPlanned)]);
    }
}
