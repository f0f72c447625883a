using Features.Core.Cleaning;
using Features.Core.Governance;
using Features.Core.Inbox;
using Features.Core.Lineage;
using Features.Iceberg;

namespace Features.Core.Ingestion;

/// <summary>Tells the lineage sink of a batch's run: START, then COMPLETE or FAIL.</summary>
internal sealed class IngestReport(ILineageSink sink, IngestOptions options, TimeProvider clock)
{
    public Task StartAsync(ClaimedBatch batch, AppliedPipeline? applied, CancellationToken cancellationToken) =>
        EmitAsync(batch, RunState.Start, applied, [], [Source(batch, null, null)], [], cancellationToken);

    public Task FailAsync(ClaimedBatch batch, AppliedPipeline? applied, string error, CancellationToken cancellationToken) =>
        EmitAsync(batch, RunState.Fail, applied, [RunFacets.ErrorMessage(error)], [Source(batch, null, null)], [], cancellationToken);

    /// <param name="batch">The batch.</param>
    /// <param name="applied">Its pipeline.</param>
    /// <param name="source">The split file; null after a crash behind the commit, if the file is gone since.</param>
    /// <param name="lineage">The target's column lineage; null if <paramref name="source"/> is.</param>
    /// <param name="written">The tables that the batch's rows are in.</param>
    /// <param name="outcome">The counts.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task CompleteAsync(
        ClaimedBatch batch, AppliedPipeline applied, SourceBatch? source, ColumnLineage? lineage, IReadOnlyList<WrittenTable> written, BatchOutcome outcome, CancellationToken cancellationToken) =>
        EmitAsync(batch, RunState.Complete, applied, [], [Source(batch, source, outcome)], [.. written.Select((w, i) => Output(w, i == 0 ? lineage : null))], cancellationToken);

    private Task EmitAsync(
        ClaimedBatch batch, RunState state, AppliedPipeline? applied, IReadOnlyList<Facet> runFacets, IReadOnlyList<LineageDataset> inputs, IReadOnlyList<LineageDataset> outputs, CancellationToken cancellationToken)
    {
        var jobFacets = new List<Facet> { JobFacets.JobType("PIPELINE") };
        if (applied?.Pipeline.Clean is { } sql)
        {
            jobFacets.Add(JobFacets.Sql(sql));
        }

        if (applied?.Pipeline.Tags.GetValueOrDefault("owner") is { } owner)
        {
            jobFacets.Add(JobFacets.Ownership(owner));
        }

        var run = runFacets.ToList();
        if (options.Engine is { } engine)
        {
            run.Add(RunFacets.ProcessingEngine(engine.Name, engine.Version));
        }

        var @event = new RunEvent
        {
            State = state,
            Time = clock.GetUtcNow(),
            RunId = batch.RunId,
            RunFacets = run,
            Job = new LineageJob(options.LineageNamespace, batch.Pipeline, jobFacets),
            Inputs = inputs,
            Outputs = outputs,
        };

        // The first attempt's START is the first event of its run; but its end may stand: another attempt was made while this one stood still.
        return sink.EmitAsync(@event, mayStand: batch.Token > 1 || state != RunState.Start, cancellationToken);
    }

    private static LineageDataset Source(ClaimedBatch batch, SourceBatch? source, BatchOutcome? outcome)
    {
        var name = LineageNames.Of(batch.Arrival.Location);
        var uri = Uri.TryCreate(batch.Arrival.Location, UriKind.Absolute, out var absolute) ? absolute : new Uri($"file://{name.Name}");
        var facets = new List<Facet> { DatasetFacets.DataSource(name.Namespace, uri), DatasetFacets.Version(batch.Arrival.ETag) };
        var use = new List<Facet>();
        if (source is not null)
        {
            facets.Add(DatasetFacets.Schema(source.FileColumns.Select(f => (f.Name, f.DataType.Name))));
            use.Add(DatasetFacets.Assertions(source.Plan.Rules.Rules.Select((rule, i) => (rule.Id, rule.Column, source.BrokenPerRule[i]))));
        }

        if (outcome is not null)
        {
            use.Add(DatasetFacets.InputStatistics(outcome.Read, batch.Arrival.SizeBytes, files: 1));
        }

        return new LineageDataset(name, facets, use);
    }

    private LineageDataset Output(WrittenTable written, ColumnLineage? lineage)
    {
        var table = written.Table;
        var tags = TableTags.Read(table.Metadata.Properties);
        var facets = new List<Facet>
        {
            DatasetFacets.Schema(table.Metadata.CurrentSchema),
            DatasetFacets.DataSource(table.Catalog!.Name, new Uri(new Uri("file://"), table.Metadata.Location)),
            DatasetFacets.Symlink(table.Catalog.Name, table.Name),
            DatasetFacets.Catalog(options.CatalogType, table.Catalog.Name),
            DatasetFacets.Tags(tags),
        };
        if (written.Snapshot is { } snapshot)
        {
            facets.Add(DatasetFacets.Version(snapshot));
        }

        if (tags.Table.TryGetValue("owner", out var owner))
        {
            facets.Add(DatasetFacets.Ownership(owner));
        }

        if (lineage is not null)
        {
            facets.Add(DatasetFacets.ColumnLineage(lineage));
        }

        return new LineageDataset(LineageNames.Of(table), facets, [DatasetFacets.OutputStatistics(written.Rows, written.Bytes, written.Files)]);
    }
}

/// <summary>What a batch put into a table. Snapshot is null if it put nothing there.</summary>
internal sealed record WrittenTable(Table Table, long? Snapshot, long Rows, long? Bytes, long Files);
