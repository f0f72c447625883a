using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Definitions.Yaml;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Lineage;
using Features.Core.PointInTime;
using Features.Core.TrainingSets.Statistics;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using Table = Features.Iceberg.Table;

namespace Features.Core.TrainingSets;

/// <summary>
/// Makes training sets: pins every source, tags its snapshot <c>dataset/NAME</c> so that expiry keeps it, joins, and writes the rows in <c>_row</c> order into the table <c>training.NAME</c>, whose
/// manifest lands in the same commit. Nothing half-made is visible: a table without a manifest is no training set, and is made again; a set that is replaced stands until the new one does.
/// </summary>
/// <param name="catalog">Where sources and the set's table stand.</param>
/// <param name="engine">Evaluates the spine and the views' expressions.</param>
/// <param name="format">Writes the set's data files.</param>
/// <param name="gate">Every source is read through it.</param>
/// <param name="lineage">Gets the run's events.</param>
/// <param name="jobNamespace">The OpenLineage namespace of the workspace's jobs.</param>
/// <param name="clock">The clock of the manifest.</param>
public sealed class TrainingSetBuilder(ICatalog catalog, ISqlEngine engine, IDataFileFormat format, ReadGate gate, ILineageSink lineage, string jobNamespace, TimeProvider clock)
{
    /// <summary>The namespace of the sets' tables.</summary>
    public const string Namespace = "training";

    /// <summary>Makes the set, or finds that it stands: made by the same definitions from the same snapshots.</summary>
    /// <param name="definitions">The set's service, views and entities.</param>
    /// <param name="set">What to make.</param>
    /// <param name="reader">Who makes it.</param>
    /// <param name="replace">Whether a set of this name that was made otherwise gives way. The new table takes its name in one step (the old files stay until they are removed as orphans), and then the source tags move.</param>
    /// <param name="cancellationToken">Stops it; what was written is removed.</param>
    /// <exception cref="TrainingSetException">Another set of this name stands, and <paramref name="replace"/> is false; or a column cannot be kept.</exception>
    public Task<TrainingSetResult> CreateAsync(DefinitionSet definitions, TrainingSet set, Reader reader, bool replace, CancellationToken cancellationToken) =>
        CreateAsync(definitions, set, reader, replace, asOf: null, cancellationToken);

    /// <param name="definitions">The set's service, views and entities.</param>
    /// <param name="set">What to make.</param>
    /// <param name="reader">Who makes it.</param>
    /// <param name="replace">Whether a set of this name that was made otherwise gives way.</param>
    /// <param name="asOf">The set's moment, by which labels must be known; null for when the newest snapshot that the spine reads was committed.</param>
    /// <param name="cancellationToken">Stops it; what was written is removed.</param>
    /// <inheritdoc cref="CreateAsync(DefinitionSet, TrainingSet, Reader, bool, CancellationToken)"/>
    public async Task<TrainingSetResult> CreateAsync(DefinitionSet definitions, TrainingSet set, Reader reader, bool replace, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        if (!DocumentReader.Name().IsMatch(set.Name))
        {
            throw new TrainingSetException("training-set-name", $"'{set.Name}' is no name of a training set; use lower-case letters, digits and underscores, with a letter first");
        }

        if (engine.Analyze(set.Spine).VolatileFunctions is [var @volatile, ..])
        {
            throw new TrainingSetException("training-set-volatile", $"the spine of training set '{set.Name}' uses {@volatile}, whose result differs from run to run; write the value itself");
        }

        var features = new TrainingSetFeatures(definitions, set);
        var request = TrainingSetRows.Request(definitions, set, features, reader);
        var reads = await new HistoricalJoin(engine, gate).PinAsync(request, cancellationToken).ConfigureAwait(false);
        var sources = reads.Select(r => new PinnedSource(r.Table.Identifier!.ToString(), r.Table.Metadata.TableUuid, r.Plan.Snapshot?.SnapshotId ?? -1) { Schema = r.Plan.Projection.SchemaId }).ToList();
        var made = new MadeOf(features.Hashes(engine), sources, asOf ?? LabelMaturity.MomentOf(TrainingSetRows.SpineOf(engine, definitions, set, reads)));

        var identifier = new TableIdentifier(Namespace, set.Name);
        var standing = await catalog.TryLoadTableAsync(identifier, cancellationToken).ConfigureAwait(false);
        var isSet = standing is not null && TrainingSetJson.Holds(standing.Metadata);
        var before = isSet ? ReadUnlessReplaced(standing!, replace) : null;
        if (before is not null && made.Is(before))
        {
            // Again, since the one that made it may have been stopped before it came to that.
            await TagAsync(set, reads, cancellationToken).ConfigureAwait(false);
            return new TrainingSetResult(before, TrainingSetChange.Unchanged);
        }

        if (before is not null && !replace)
        {
            throw new TrainingSetException("training-set-exists", $"the training set '{set.Name}' stands and was made {made.Difference(before)}; give this one another name, or replace it (--replace)");
        }

        if (standing is { Metadata.CurrentSnapshot: not null } && !isSet)
        {
            throw new TrainingSetException("training-set-exists", $"the table '{identifier}' stands and is no training set; give the set another name, or remove the table");
        }

        var run = new TrainingSetRun(set, catalog, lineage, jobNamespace, clock);
        await run.StartAsync(reads, cancellationToken).ConfigureAwait(false);
        try
        {
            if (!isSet)
            {
                // Before they are read, so that no expiry comes between. The tags of a set that stands keep its own snapshots until it gives way.
                await TagAsync(set, reads, cancellationToken).ConfigureAwait(false);
            }

            var rows = await TrainingSetRows.MakeAsync(engine, gate, request, set, features, reads, made.AsOf, cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                var manifest = await WriteAsync(definitions, identifier, standing, reads, rows, made, run, cancellationToken).ConfigureAwait(false);
                return new TrainingSetResult(manifest, isSet ? TrainingSetChange.Replaced : TrainingSetChange.Created);
            }
        }
        catch (Exception fault)
        {
            await run.FailAsync(fault is FeaturesException or IcebergException ? fault.Message : fault.GetType().Name).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<TrainingSetManifest> WriteAsync(
        DefinitionSet definitions, TableIdentifier identifier, Table? standing, IReadOnlyList<PinnedRead> reads, TrainingSetRows rows, MadeOf made, TrainingSetRun run, CancellationToken cancellationToken)
    {
        using var digest = new RowDigest(rows.Schema);
        var schema = ArrowSchema.ToIceberg(rows.Schema);
        var columns = TrainingSetColumns.Of(rows, schema);
        var origins = TrainingSetOrigins.Of(rows, definitions, engine);
        var tags = origins.Tags(rows);
        var statistics = StatisticsAccumulator.Of(rows.Schema, columns);
        var creation = new TableCreation(schema, PartitionSpec.Unpartitioned, SortOrder.Unsorted, tags.ToProperties());
        var replacement = standing?.NewReplacement(creation);
        var table = replacement?.Staged ?? await catalog.CreateTableAsync(identifier, creation, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<DataFile> files = [];
        try
        {
            files = await new PartitionedWriter(table, format).WriteAsync(Observed(rows, digest, statistics, cancellationToken), "rows", cancellationToken).ConfigureAwait(false);
            var manifest = new TrainingSetManifest
            {
                Name = rows.Set.Name,
                Table = identifier.ToString(),
                SnapshotId = -1,
                Rows = digest.Rows,
                Digest = digest.Finish(),
                Sources = made.Sources,
                Columns = columns,
                Definitions = made.Definitions,
                CreatedAt = clock.GetUtcNow(),
                Declared = rows.Set,
                AsOf = rows.AsOf,
                LeftOut = rows.LeftOut,
                Policy = [.. reads.Select(r => new PolicyOutcome(r.Table.Identifier!.ToString(), r.Decision.PolicyId, r.Decision.OutcomeHash))],
                Boundaries = [.. (rows.Split?.Boundaries ?? []).Select(Micros.ToMoment)],
                Transformations = rows.Transformer.Fitted,
                Statistics = WithheldValues.From(statistics.Finish(), WithheldValues.Of(columns.Select(c => c.Name), rows.Transformer.Fitted, tags)),
            };
            IAction[] actions =
            [
                new AppendFiles(files, new Dictionary<string, string> { [TrainingSetJson.SummaryKey] = manifest.Digest }),
                new SetProperties(new Dictionary<string, string?> { [TrainingSetJson.Property] = TrainingSetJson.WriteStored(manifest) }),
            ];
            table = replacement is not null
                ? await replacement.CommitAsync(actions, cancellationToken).ConfigureAwait(false)
                : (await actions.Aggregate(table.NewTransaction(), (t, a) => t.Add(a)).CommitAsync(cancellationToken).ConfigureAwait(false)).Table;
            await TagAsync(rows.Set, reads, cancellationToken).ConfigureAwait(false);
            manifest = manifest with { SnapshotId = table.Metadata.CurrentSnapshotId!.Value };
            var datasets = rows.Joined.Sources.ToDictionary(s => s.Table.Identifier!.ToString(), s => LineageNames.Of(s.Table));
            await run.CompleteAsync(table, manifest, ColumnLineage.Over(origins.Columns, origins.Indirect, datasets), tags, files.Count, cancellationToken).ConfigureAwait(false);
            return manifest;
        }
        catch (Exception fault) when (fault is not CommitStateUnknownException)
        {
            await RemoveUnlessCommittedAsync(table, files).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes a half-made table away. What was committed stays, whatever failed after it; and so does a table that another maker of the set put in its place.</summary>
    private async Task RemoveUnlessCommittedAsync(Table made, IReadOnlyList<DataFile> files)
    {
        var current = await catalog.TryLoadTableAsync(made.Identifier!, CancellationToken.None).ConfigureAwait(false);
        var isMade = current?.Metadata.TableUuid == made.Metadata.TableUuid;
        if (isMade && current!.Metadata.CurrentSnapshot is not null)
        {
            return;
        }

        if (isMade)
        {
            await catalog.DropTableAsync(made.Identifier!, CancellationToken.None).ConfigureAwait(false);
        }

        foreach (var file in files)
        {
            await catalog.Storage.DeleteAsync(file.FilePath, CancellationToken.None).ConfigureAwait(false);
        }
    }

    // A set that is broken is made again with replace, as its error says.
    private static TrainingSetManifest? ReadUnlessReplaced(Table standing, bool replace)
    {
        try
        {
            return TrainingSetJson.Read(standing.Name, standing.Metadata);
        }
        catch (TrainingSetException broken) when (replace && broken.Code == TrainingSetJson.Broken)
        {
            return null;
        }
    }

    private static async IAsyncEnumerable<RecordBatch> Observed(TrainingSetRows rows, RowDigest digest, StatisticsAccumulator statistics, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in rows.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            digest.Append(batch);
            statistics.Append(batch);
            yield return batch;
        }
    }

    private static async Task TagAsync(TrainingSet set, IReadOnlyList<PinnedRead> reads, CancellationToken cancellationToken)
    {
        foreach (var read in reads.Where(r => r.Plan.Snapshot is not null && r.Table.Catalog is not null))
        {
            await read.Table.NewTransaction().Add(new SetSnapshotRef($"dataset/{set.Name}", new SnapshotRef(read.Plan.Snapshot!.SnapshotId, IsBranch: false)))
                .CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
