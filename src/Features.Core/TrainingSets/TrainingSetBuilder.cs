using System.Globalization;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Definitions.Yaml;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Lineage;
using Features.Core.PointInTime;
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
    public async Task<TrainingSetResult> CreateAsync(DefinitionSet definitions, TrainingSet set, Reader reader, bool replace, CancellationToken cancellationToken)
    {
        if (!DocumentReader.Name().IsMatch(set.Name))
        {
            throw new TrainingSetException("training-set-name", $"'{set.Name}' is no name of a training set; use lower-case letters, digits and underscores, with a letter first");
        }

        var request = Request(definitions, set, reader);
        var join = new HistoricalJoin(engine, gate);
        var reads = await join.PinAsync(request, cancellationToken).ConfigureAwait(false);
        var hashes = Hashes(definitions, set);
        var sources = reads.Select(r => new PinnedSource(r.Table.Identifier!.ToString(), r.Table.Metadata.TableUuid, r.Plan.Snapshot?.SnapshotId ?? -1)).ToList();

        var identifier = new TableIdentifier(Namespace, set.Name);
        var standing = await catalog.TryLoadTableAsync(identifier, cancellationToken).ConfigureAwait(false);
        var isSet = standing is not null && TrainingSetJson.Holds(standing.Metadata);
        var before = isSet ? ReadUnlessReplaced(standing!, replace) : null;
        if (before is not null && IsMadeOf(before, hashes, sources))
        {
            // Again, since the one that made it may have been stopped before it came to that.
            await TagAsync(set, reads, cancellationToken).ConfigureAwait(false);
            return new TrainingSetResult(before, TrainingSetChange.Unchanged);
        }

        if (before is not null && !replace)
        {
            throw new TrainingSetException("training-set-exists", $"the training set '{set.Name}' stands and was made {Difference(before, hashes, sources)}; give this one another name, or replace it (--replace)");
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

            var joined = await join.JoinAsync(request, reads, cancellationToken).ConfigureAwait(false);
            await using (joined.ConfigureAwait(false))
            {
                var manifest = await WriteAsync(definitions, set, identifier, standing, reads, joined, hashes, sources, run, cancellationToken).ConfigureAwait(false);
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
        DefinitionSet definitions, TrainingSet set, TableIdentifier identifier, Table? standing, IReadOnlyList<PinnedRead> reads, JoinedRows joined, IReadOnlyDictionary<string, string> hashes,
        IReadOnlyList<PinnedSource> sources, TrainingSetRun run, CancellationToken cancellationToken)
    {
        using var digest = new RowDigest(joined.Schema);
        var schema = ArrowSchema.ToIceberg(joined.Schema);
        var columns = TrainingSetColumns.Of(set, definitions, joined, schema);
        var origins = TrainingSetOrigins.Of(set, definitions, joined, engine);
        var tags = origins.Tags(set, definitions, joined);
        var creation = new TableCreation(schema, PartitionSpec.Unpartitioned, SortOrder.Unsorted, tags.ToProperties());
        var replacement = standing?.NewReplacement(creation);
        var table = replacement?.Staged ?? await catalog.CreateTableAsync(identifier, creation, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<DataFile> files = [];
        try
        {
            files = await new PartitionedWriter(table, format).WriteAsync(Hashed(joined, digest, cancellationToken), "rows", cancellationToken).ConfigureAwait(false);
            var manifest = new TrainingSetManifest
            {
                Name = set.Name,
                Table = identifier.ToString(),
                SnapshotId = -1,
                Rows = digest.Rows,
                Digest = digest.Finish(),
                Sources = sources,
                Columns = columns,
                Definitions = hashes,
                CreatedAt = clock.GetUtcNow(),
            };
            IAction[] actions =
            [
                new AppendFiles(files, new Dictionary<string, string> { [TrainingSetJson.SummaryKey] = manifest.Digest }),
                new SetProperties(new Dictionary<string, string?> { [TrainingSetJson.Property] = TrainingSetJson.WriteStored(manifest) }),
            ];
            table = replacement is not null
                ? await replacement.CommitAsync(actions, cancellationToken).ConfigureAwait(false)
                : (await actions.Aggregate(table.NewTransaction(), (t, a) => t.Add(a)).CommitAsync(cancellationToken).ConfigureAwait(false)).Table;
            await TagAsync(set, reads, cancellationToken).ConfigureAwait(false);
            manifest = manifest with { SnapshotId = table.Metadata.CurrentSnapshotId!.Value };
            var datasets = joined.Sources.ToDictionary(s => s.Table.Identifier!.ToString(), s => LineageNames.Of(s.Table));
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

    private static async IAsyncEnumerable<RecordBatch> Hashed(JoinedRows joined, RowDigest digest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in joined.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            digest.Append(batch);
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

    private static JoinRequest Request(DefinitionSet definitions, TrainingSet set, Reader reader)
    {
        var service = definitions.Find<FeatureService>(set.Service)
            ?? throw new TrainingSetException("definition-missing", $"the feature service '{set.Service}' of training set '{set.Name}' is not applied; {NearNames.Hint(set.Service, [.. definitions.Definitions.OfType<FeatureService>().Select(s => s.Name)], "services")}");
        return new JoinRequest(definitions, service.Features, new SqlSpine(set.Spine, set.Timestamp), reader) { FullNames = set.FullNames, Trust = SqlTrust.Pipeline };
    }

    /// <summary>What the set depends on: itself, its service, the views whose features it has, and their entities.</summary>
    private static SortedDictionary<string, string> Hashes(DefinitionSet definitions, TrainingSet set)
    {
        var service = definitions.Find<FeatureService>(set.Service)!;
        var views = FeatureSelection.Resolve(definitions, service).Joined.Select(f => f.View).DistinctBy(v => v.Name).ToList();
        var entities = views.Select(v => definitions.Find<Entity>(v.EntityName)).OfType<Entity>().DistinctBy(e => e.Name);
        return new(new Definition[] { set, service }.Concat(views).Concat(entities).ToDictionary(d => $"{d.Kind}/{d.Name}", CanonicalJson.HashOf), StringComparer.Ordinal);
    }

    private static bool IsMadeOf(TrainingSetManifest before, SortedDictionary<string, string> hashes, IReadOnlyList<PinnedSource> sources) =>
        before.Definitions.Count == hashes.Count && before.Definitions.All(d => hashes.GetValueOrDefault(d.Key) == d.Value) && before.Sources.SequenceEqual(sources);

    private static string Difference(TrainingSetManifest before, SortedDictionary<string, string> hashes, IReadOnlyList<PinnedSource> sources)
    {
        var definitions = hashes.Where(h => before.Definitions.GetValueOrDefault(h.Key) != h.Value).Select(h => h.Key).ToList();
        var tables = sources.Except(before.Sources).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Table} at {s.Snapshot}")).ToList();
        return $"{(definitions.Count > 0 ? $"by other versions of {string.Join(", ", definitions)}" : "")}{(definitions.Count > 0 && tables.Count > 0 ? " and " : "")}{(tables.Count > 0 ? $"from other data than {string.Join(", ", tables)}" : "")}";
    }
}
