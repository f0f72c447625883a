using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.PointInTime;
using Features.Core.Registry;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;

namespace Features.Core.TrainingSets.Verification;

/// <summary>Holds training sets to their word: that they are what was written, and that what was written is what their sources and definitions make.</summary>
/// <param name="catalog">Where sources and sets stand.</param>
/// <param name="engine">Joins again.</param>
/// <param name="gate">Every source is read through it.</param>
/// <param name="store">The sets.</param>
/// <param name="registry">Has every version of the definitions.</param>
public sealed class TrainingSetVerifier(ICatalog catalog, ISqlEngine engine, ReadGate gate, TrainingSetStore store, IRegistry registry)
{
    private const int MostDifferences = 10;

    /// <summary>Reads the set's rows and hashes them again, and looks whether its sources are kept.</summary>
    /// <exception cref="TrainingSetException">There is no such set, or its rows are missing or out of order.</exception>
    public async Task<StoredVerification> VerifyStoredAsync(string name, Reader reader, CancellationToken cancellationToken)
    {
        var manifest = await store.GetAsync(name, cancellationToken).ConfigureAwait(false);
        var rows = await store.VerifyAsync(name, reader.Principal, cancellationToken).ConfigureAwait(false);
        var sources = new List<SourceStanding>();
        foreach (var source in manifest.Sources)
        {
            sources.Add(new SourceStanding(source, await ProblemOfAsync(manifest, source, cancellationToken).ConfigureAwait(false)));
        }

        return new StoredVerification(rows, manifest.Rows, sources);
    }

    /// <summary>Makes the set again, from the pinned snapshots and by the recorded definitions, and compares: by digest, and if that differs row by row. Nothing is written.</summary>
    /// <exception cref="TrainingSetException">There is no such set, or its rows are missing or out of order.</exception>
    /// <exception cref="AccessDeniedException">The reader may not read one of the sources.</exception>
    public async Task<RebuildVerification> VerifyRebuildAsync(string name, Reader reader, CancellationToken cancellationToken)
    {
        var manifest = await store.GetAsync(name, cancellationToken).ConfigureAwait(false);
        try
        {
            return await RebuildAsync(manifest, reader, cancellationToken).ConfigureAwait(false);
        }
        catch (NotRebuildableException fault)
        {
            return new RebuildVerification(RebuildOutcome.NotRebuildable, manifest.Digest, null, 0) { Reason = fault.Message };
        }
    }

    private async Task<RebuildVerification> RebuildAsync(TrainingSetManifest manifest, Reader reader, CancellationToken cancellationToken)
    {
        var definitions = await DefinitionsOfAsync(manifest, cancellationToken).ConfigureAwait(false);
        var set = definitions.Find<TrainingSet>(manifest.Name)!;
        var features = new TrainingSetFeatures(definitions, set);
        var request = TrainingSetRows.Request(definitions, set, features, reader) with
        {
            Snapshots = manifest.Sources.Where(s => s.Snapshot != -1).ToDictionary(s => s.Table, s => s.Snapshot),
            Schemas = manifest.Sources.Where(s => s.Schema is not null).ToDictionary(s => s.Table, s => s.Schema!.Value),
        };
        var reads = await PinAsync(manifest, request, cancellationToken).ConfigureAwait(false);
        var rows = await TrainingSetRows.MakeAsync(engine, gate, request, set, features, reads, manifest.AsOf, cancellationToken).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            using var digest = new RowDigest(rows.Schema);
            await foreach (var batch in rows.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                using (batch)
                {
                    digest.Append(batch);
                }
            }

            var rebuilt = digest.Finish();
            return rebuilt == manifest.Digest
                ? new RebuildVerification(RebuildOutcome.Identical, manifest.Digest, rebuilt, digest.Rows)
                : await CompareAsync(manifest, rows, reader, new RebuildVerification(RebuildOutcome.Different, manifest.Digest, rebuilt, digest.Rows), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<RebuildVerification> CompareAsync(TrainingSetManifest manifest, TrainingSetRows rows, Reader reader, RebuildVerification found, CancellationToken cancellationToken)
    {
        var stored = manifest.Columns.Select(c => $"{c.Name} {c.Type}").ToList();
        var made = ArrowSchema.ToIceberg(rows.Schema).Fields.Select(f => $"{f.Name} {SchemaJson.NameOf(f.Type)}").ToList();
        if (!stored.SequenceEqual(made))
        {
            return found with { Reason = $"the columns differ: stored {List(stored.Except(made))}, rebuilt {List(made.Except(stored))}" };
        }

        var comparison = new RowComparison(rows.Schema, MostDifferences);
        await comparison.RunAsync(store.ReadAsync(manifest, reader.Principal, reader.Action, cancellationToken), rows.ReadAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        return (comparison.Differences.Count, comparison.Unpaired, found.Rows == manifest.Rows) switch
        {
            (0, 0, true) => found with { Outcome = RebuildOutcome.Equivalent },
            (_, _, true) => found with { Differences = comparison.Differences },
            _ => found with { Differences = comparison.Differences, Reason = $"{manifest.Rows} rows are stored, and {found.Rows} were made again" },
        };
    }

    private static string List(IEnumerable<string> columns) => string.Join(", ", columns.Select(c => $"'{c}'")) is { Length: > 0 } list ? list : "none more";

    /// <summary>The definitions by the hashes of the manifest: the set as the manifest has it, the others from the registry's history.</summary>
    private async Task<DefinitionSet> DefinitionsOfAsync(TrainingSetManifest manifest, CancellationToken cancellationToken)
    {
        var definitions = new List<Definition>();
        foreach (var (key, hash) in manifest.Definitions)
        {
            var (kind, name) = key.Split('/') is [var k, var n] ? (k, n) : throw new NotRebuildableException($"'{key}' names no definition");
            if (manifest.Declared is { } declared && kind == declared.Kind && CanonicalJson.HashOf(declared) == hash)
            {
                definitions.Add(declared);
                continue;
            }

            var history = await registry.HistoryAsync(kind, name, cancellationToken).ConfigureAwait(false);
            definitions.Add(history.FirstOrDefault(v => v.Hash == hash)?.Definition
                ?? throw new NotRebuildableException($"the registry has no version of {kind} '{name}' with the hash {hash[..12]}…; apply the definition as it was"));
        }

        return new DefinitionSet(definitions);
    }

    private async Task<IReadOnlyList<PinnedRead>> PinAsync(TrainingSetManifest manifest, JoinRequest request, CancellationToken cancellationToken)
    {
        foreach (var source in manifest.Sources)
        {
            var table = await catalog.TryLoadTableAsync(TableIdentifier.TryParse(source.Table)!, cancellationToken).ConfigureAwait(false);
            if (Missing(source, table) is { } problem)
            {
                throw new NotRebuildableException(problem);
            }

            if (source.Snapshot == -1 && table!.Metadata.CurrentSnapshot is not null)
            {
                throw new NotRebuildableException($"the table '{source.Table}' had no snapshot when the set was made, and has one now");
            }
        }

        return await new HistoricalJoin(engine, gate).PinAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string?> ProblemOfAsync(TrainingSetManifest manifest, PinnedSource source, CancellationToken cancellationToken)
    {
        var table = await catalog.TryLoadTableAsync(TableIdentifier.TryParse(source.Table)!, cancellationToken).ConfigureAwait(false);
        if (Missing(source, table) is { } problem)
        {
            return problem;
        }

        var tag = table!.Metadata.Refs.GetValueOrDefault($"dataset/{manifest.Name}");
        return source.Snapshot == -1 || tag?.SnapshotId == source.Snapshot ? null
            : tag is null ? $"the tag 'dataset/{manifest.Name}' of '{source.Table}' is gone, so that expiry may take the snapshot {source.Snapshot}; create the set again to set it"
            : $"the tag 'dataset/{manifest.Name}' of '{source.Table}' is at snapshot {tag.SnapshotId}, and the set was made of {source.Snapshot}; set it back with 'features table tag'";
    }

    private static string? Missing(PinnedSource source, Table? table) =>
        table is null ? $"the table '{source.Table}' is gone"
        : source.Uuid is { } uuid && table.Metadata.TableUuid != uuid ? $"the table '{source.Table}' is another one than the set was made of (uuid {table.Metadata.TableUuid}, then {uuid})"
        : source.Snapshot != -1 && table.Metadata.Snapshots.All(s => s.SnapshotId != source.Snapshot) ? $"the snapshot {source.Snapshot} of '{source.Table}' expired"
        : source.Schema is { } schema && table.Metadata.Schemas.All(s => s.SchemaId != schema) ? $"the schema {schema} of '{source.Table}', which the set was read with, is gone"
        : null;

    /// <summary>Why a set cannot be made again; becomes the result's reason.</summary>
    private sealed class NotRebuildableException(string message) : Exception(message);
}
