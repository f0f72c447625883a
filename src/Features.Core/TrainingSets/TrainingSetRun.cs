using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Lineage;
using Features.Iceberg;
using Features.Iceberg.Catalogs;

namespace Features.Core.TrainingSets;

/// <summary>The making of one training set as OpenLineage sees it: a START with every pinned input, and one end.</summary>
internal sealed class TrainingSetRun(TrainingSet set, ICatalog catalog, ILineageSink lineage, string jobNamespace, TimeProvider clock)
{
    private readonly string runId = RunId.New(clock);
    private IReadOnlyList<LineageDataset> inputs = [];

    public Task StartAsync(IReadOnlyList<PinnedRead> sources, CancellationToken cancellationToken)
    {
        inputs = [.. sources.Select(Input)];
        return EmitAsync(RunState.Start, [], [], cancellationToken);
    }

    public Task CompleteAsync(Table table, TrainingSetManifest manifest, ColumnLineage columns, TableTags tags, long files, CancellationToken cancellationToken) =>
        EmitAsync(
            RunState.Complete,
            [RunFacets.Tags(new Dictionary<string, string> { ["digest"] = manifest.Digest })],
            [
                new LineageDataset(
                    LineageNames.Of(table),
                    [
                        DatasetFacets.Schema(table.Metadata.CurrentSchema), DatasetFacets.Version(manifest.SnapshotId), DatasetFacets.Symlink(catalog.Name, manifest.Table),
                        DatasetFacets.ColumnLineage(columns), DatasetFacets.Tags(tags),
                    ],
                    [DatasetFacets.OutputStatistics(manifest.Rows, null, files)]),
            ],
            cancellationToken);

    public Task FailAsync(string reason) => EmitAsync(RunState.Fail, [RunFacets.ErrorMessage(reason)], [], CancellationToken.None);

    private Task EmitAsync(RunState state, IReadOnlyList<Facet> facets, IReadOnlyList<LineageDataset> outputs, CancellationToken cancellationToken) => lineage.EmitAsync(
        new RunEvent
        {
            State = state,
            Time = clock.GetUtcNow(),
            RunId = runId,
            RunFacets = facets,
            Job = new LineageJob(jobNamespace, $"training.{set.Name}", [JobFacets.JobType("TRAINING_SET"), JobFacets.Sql(set.Spine)]),
            Inputs = inputs,
            Outputs = outputs,
        },
        mayStand: false,
        cancellationToken);

    private LineageDataset Input(PinnedRead read)
    {
        var facets = new List<Facet> { DatasetFacets.Schema(read.Plan.Projection), DatasetFacets.Symlink(catalog.Name, read.Table.Identifier!.ToString()) };
        if (read.Plan.Snapshot is { } snapshot)
        {
            facets.Add(DatasetFacets.Version(snapshot.SnapshotId));
        }

        return new LineageDataset(LineageNames.Of(read.Table), facets, [DatasetFacets.InputStatistics(read.Plan.Report.RowsPlanned, read.Plan.Report.BytesPlanned, read.Plan.Report.FilesPlanned)]);
    }
}
