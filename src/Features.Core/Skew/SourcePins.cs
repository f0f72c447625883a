using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Ingestion;
using Features.Core.Online;
using Features.Iceberg;
using Features.Iceberg.Spec;

namespace Features.Core.Skew;

/// <summary>
/// Finds the snapshot of a table that holds what an answer could see. That is the one that its view was at, unless batches had been pushed that this one lacks: then it is the first that has them too, and the comparison is
/// settled if nothing else came between. If no snapshot has them yet, it is the view's own, and unsettled; likewise where rows were pushed that no table will hold.
/// </summary>
internal sealed class SourcePins(ReadGate gate, DefinitionSet definitions, string inbox)
{
    // A snapshot of this operation holds the same rows in other files.
    private const string Replace = "replace";

    private readonly Dictionary<string, Table?> tables = [];

    /// <summary>The snapshot; null for a table that has none to this day. With a reason, it cannot be read.</summary>
    public async Task<Pin> OfAsync(OnlineSource source, LoggedView view, CancellationToken cancellationToken)
    {
        if (await FindAsync(source.Table, cancellationToken).ConfigureAwait(false) is not { Metadata: var metadata })
        {
            return Pin.Not($"table '{source.Table}' is gone");
        }

        if (source.Uuid is { } uuid && uuid != metadata.TableUuid)
        {
            return Pin.Not($"table '{source.Table}' was replaced by another of its name");
        }

        var (snapshot, isSettled) = (source.SnapshotId, !view.HasOnlineOnlyRows);
        var unseen = view.Pushed.Where(p => IsOf(p.Key, source, view) && p.Value > source.PushedThrough.GetValueOrDefault(p.Key)).ToDictionary(p => p.Key, p => p.Value);
        if (unseen.Count > 0)
        {
            (snapshot, var isExact) = Later(metadata, snapshot, unseen);
            isSettled &= isExact;
        }

        return snapshot is { } id
            ? metadata.Snapshots.Any(s => s.SnapshotId == id) ? new Pin(id, isSettled, null) : Pin.Not($"a snapshot of table '{source.Table}' has expired")
            : metadata.CurrentSnapshotId is null ? new Pin(null, isSettled, null) : Pin.Not($"table '{source.Table}' had no snapshot yet");
    }

    /// <summary>The present schema of tables, by which the definitions in force are written; a table that is gone has none.</summary>
    public async Task<IReadOnlyDictionary<string, int>> SchemasAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        var schemas = new Dictionary<string, int>();
        foreach (var name in names)
        {
            if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } table)
            {
                schemas[name] = table.Metadata.CurrentSchemaId;
            }
        }

        return schemas;
    }

    private (long? Snapshot, bool IsExact) Later(TableMetadata metadata, long? from, IReadOnlyDictionary<string, long> unseen)
    {
        var pipelines = unseen.Select(p => (Progress: new Progress(inbox, PushPipeline.NameOf(p.Key)), Through: p.Value)).ToList();
        if (Since(metadata, from) is not { } chain || pipelines.Any(p => p.Progress.Of(metadata) < p.Through))
        {
            return (from, false);
        }

        // A batch of which no row was good left no snapshot; what was pushed with it is in none, and its answers differ.
        var isPushed = chain.Select(s => pipelines.Any(p => p.Progress.SequenceOf(s) <= p.Through)).ToList();
        var last = isPushed.LastIndexOf(true);
        var isExact = Enumerable.Range(0, last + 1).All(i => isPushed[i] || chain[i].Operation == Replace);
        return (last < 0 ? from : chain[last].SnapshotId, isExact);
    }

    /// <summary>The snapshots that were made on top of one, in their order; null if the current one does not stand on it.</summary>
    private static List<Snapshot>? Since(TableMetadata metadata, long? from)
    {
        var byId = metadata.Snapshots.ToDictionary(s => s.SnapshotId);
        var chain = new List<Snapshot>();
        for (var at = metadata.CurrentSnapshotId; at != from;)
        {
            if (at is not { } id || !byId.TryGetValue(id, out var snapshot))
            {
                return null;
            }

            chain.Add(snapshot);
            at = snapshot.ParentId;
        }

        chain.Reverse();
        return chain;
    }

    private bool IsOf(string pushSource, OnlineSource source, LoggedView view) =>
        definitions.Find<PushSource>(pushSource) is { } declared ? declared.Table == source.Table : view.Sources.Count == 1;

    private async Task<Table?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (!tables.TryGetValue(name, out var table))
        {
            try
            {
                table = TableIdentifier.TryParse(name) is { } identifier ? await gate.LoadAsync(identifier, cancellationToken).ConfigureAwait(false) : null;
            }
            catch (NotFoundException)
            {
                table = null;
            }

            tables[name] = table;
        }

        return table;
    }
}

/// <summary>Where a table is to be read. <paramref name="Problem"/>: why it cannot be; null if it can.</summary>
internal readonly record struct Pin(long? Snapshot, bool IsSettled, string? Problem)
{
    public static Pin Not(string problem) => new(null, false, problem);
}
