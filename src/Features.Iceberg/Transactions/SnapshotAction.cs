using System.Globalization;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>An action that makes a snapshot. What its first attempt wrote (manifests of new files, rewritten manifests) serves the later ones, as far as it still fits.</summary>
public abstract class SnapshotAction : IAction
{
    private protected SnapshotAction()
    {
    }

    /// <summary>The branch that takes the snapshot; one that does not exist is made from the current state of <c>main</c>.</summary>
    public string Branch { get; init; } = SnapshotRef.Main;

    /// <summary>Entries for the snapshot's summary, beside those that the commit computes; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Summary { get; init; }

    /// <inheritdoc/>
    /// <exception cref="InvalidTableArgumentException">The action's files do not fit the table; all faults are named.</exception>
    /// <exception cref="CommitConflictException">Another writer's commit since the table was read rules this one out.</exception>
    public async Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        var parent = BranchState.Latest(metadata, Branch, context.TableName);
        var change = Plan(metadata, context.TableName);
        var draft = context.Keep(this, () => new SnapshotDraft(SnapshotIds.New(metadata)));
        await ValidateAsync(new ConflictHistory(metadata, parent, context, draft), change, cancellationToken).ConfigureAwait(false);

        var made = await draft.MakeAsync(metadata, parent, change, context, cancellationToken).ConfigureAwait(false);
        var sequenceNumber = metadata.LastSequenceNumber + 1;
        var list = context.NewMetadataFile(string.Create(CultureInfo.InvariantCulture, $"snap-{draft.SnapshotId}-{context.Attempt}-{draft.CommitId}.avro"));
        await ManifestListWriter.WriteAsync(context.Storage, list, draft.SnapshotId, parent?.SnapshotId, sequenceNumber, made.Manifests, cancellationToken).ConfigureAwait(false);
        var snapshot = new Snapshot(
            draft.SnapshotId,
            parent?.SnapshotId,
            sequenceNumber,
            context.NowMs,
            list,
            Manifests: null,
            SnapshotSummary.Of(change, made, parent?.Summary, Summary),
            metadata.CurrentSchemaId);
        context.OwnSnapshots.Add(snapshot.SnapshotId);
        return MetadataHistory.AddSnapshot(metadata, snapshot, Branch);
    }

    /// <summary>What the action does to the table as it is, its arguments checked against it.</summary>
    internal abstract SnapshotChange Plan(TableMetadata metadata, string table);

    /// <summary>Throws if the history since the table was read rules the action out.</summary>
    internal virtual Task ValidateAsync(ConflictHistory history, SnapshotChange change, CancellationToken cancellationToken) => Task.CompletedTask;
}
