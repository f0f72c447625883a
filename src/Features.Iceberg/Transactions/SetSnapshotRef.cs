using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Creates or moves a branch or tag; null removes it. Moving <c>main</c> sets the table back (or forth) to that snapshot.</summary>
public sealed class SetSnapshotRef(string name, SnapshotRef? reference) : IAction
{
    /// <summary>Whether it must be new, or be there already. Default <see cref="RefExpectation.Any"/>.</summary>
    public RefExpectation Expects { get; init; }

    /// <inheritdoc/>
    /// <exception cref="NotFoundException">There is no such snapshot, or no such branch or tag where one is expected.</exception>
    /// <exception cref="AlreadyExistsException">There is one where none is expected.</exception>
    /// <exception cref="InvalidTableArgumentException">The name is empty or of the other kind, <c>main</c> would be removed or made a tag, or the retention is not valid.</exception>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        var standing = metadata.Refs.GetValueOrDefault(name);
        if (Expects == RefExpectation.Absent && standing is not null)
        {
            throw new AlreadyExistsException(standing.IsBranch ? "branch" : "tag", name, $"choose another name, or move the one of table '{context.TableName}'");
        }

        if (Expects == RefExpectation.Present)
        {
            _ = SnapshotLookup.GetRef(metadata, name, context.TableName);
        }

        if (standing == reference)
        {
            return Task.FromResult(metadata);
        }

        if (string.IsNullOrWhiteSpace(name))
        {
            throw new InvalidTableArgumentException($"a branch or tag of table '{context.TableName}' needs a name");
        }

        if (name == SnapshotRef.Main && reference is not { IsBranch: true })
        {
            throw new InvalidTableArgumentException($"'{name}' of table '{context.TableName}' is its current state: it can be moved, not removed or made a tag");
        }

        if (reference is not null && standing is not null && standing.IsBranch != reference.IsBranch)
        {
            throw new InvalidTableArgumentException($"'{name}' of table '{context.TableName}' is a {(standing.IsBranch ? "branch" : "tag")}; remove it first, or choose another name");
        }

        if (reference is not null)
        {
            CheckRetention(reference, context.TableName);
            _ = SnapshotLookup.Get(metadata, reference.SnapshotId, context.TableName);
        }

        return Task.FromResult(name == SnapshotRef.Main
            ? SetMain(metadata, reference!, context.NowMs)
            : MetadataHistory.SetRef(metadata, name, reference));
    }

    // Only a move is an entry of the snapshot log, not a change of how long main's snapshots are kept.
    private static TableMetadata SetMain(TableMetadata metadata, SnapshotRef reference, long nowMs) => reference.SnapshotId == metadata.CurrentSnapshotId
        ? MetadataHistory.SetRef(metadata, SnapshotRef.Main, reference)
        : MetadataHistory.SetMain(metadata, reference, nowMs);

    private void CheckRetention(SnapshotRef reference, string table)
    {
        var fault = reference switch
        {
            { IsBranch: false, MinSnapshotsToKeep: not null } or { IsBranch: false, MaxSnapshotAgeMs: not null } => "a tag keeps one snapshot, so only its own age can be limited",
            { MinSnapshotsToKeep: <= 0 } or { MaxSnapshotAgeMs: <= 0 } or { MaxRefAgeMs: <= 0 } => "counts and ages to keep must be positive",
            _ => null,
        };
        if (fault is not null)
        {
            throw new InvalidTableArgumentException($"the retention of '{name}' of table '{table}' is not valid: {fault}");
        }
    }
}
