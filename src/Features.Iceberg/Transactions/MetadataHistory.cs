using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>The parts of metadata that record its own past: the metadata log, the snapshot log and the main branch.</summary>
internal static class MetadataHistory
{
    private const int DefaultPreviousVersions = 100;

    /// <summary>Sets the time of change and logs the metadata file that is left behind, keeping at most <c>write.metadata.previous-versions-max</c> (default 100) entries.</summary>
    public static TableMetadata Advance(Table from, TableMetadata updated, long nowMs)
    {
        var limit = int.TryParse(updated.Properties.GetValueOrDefault("write.metadata.previous-versions-max"), NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? Math.Max(given, 1)
            : DefaultPreviousVersions;
        MetadataLogEntry[] log = [.. updated.MetadataLog, new(from.Metadata.LastUpdatedMs, from.MetadataLocation)];
        return updated with { LastUpdatedMs = nowMs, MetadataLog = log.Length > limit ? log[^limit..] : log, SnapshotLog = LogOf(from.Metadata, updated) };
    }

    /// <summary>Adds a snapshot and makes it the state of a branch, which is made if there is none.</summary>
    public static TableMetadata AddSnapshot(TableMetadata metadata, Snapshot snapshot, string branch)
    {
        var added = metadata with
        {
            LastSequenceNumber = Math.Max(metadata.LastSequenceNumber, snapshot.SequenceNumber),
            Snapshots = [.. metadata.Snapshots, snapshot],
        };
        var reference = (metadata.Refs.GetValueOrDefault(branch) ?? new SnapshotRef(snapshot.SnapshotId, IsBranch: true)) with { SnapshotId = snapshot.SnapshotId };
        return branch == SnapshotRef.Main ? SetMain(added, reference, snapshot.TimestampMs) : SetRef(added, branch, reference);
    }

    /// <summary>Of the snapshots that were main's state within one commit, none but the last was ever seen.</summary>
    private static IReadOnlyList<SnapshotLogEntry> LogOf(TableMetadata before, TableMetadata updated)
    {
        var seen = before.SnapshotLog.ToHashSet();
        var fresh = updated.SnapshotLog.Count(e => !seen.Contains(e));
        return fresh < 2 ? updated.SnapshotLog : [.. updated.SnapshotLog.Where(seen.Contains), updated.SnapshotLog[^1]];
    }

    /// <summary>Points main at a snapshot that stands.</summary>
    public static TableMetadata SetMain(TableMetadata metadata, SnapshotRef reference, long nowMs) => SetRef(metadata, SnapshotRef.Main, reference) with
    {
        CurrentSnapshotId = reference.SnapshotId,
        SnapshotLog = [.. metadata.SnapshotLog, new SnapshotLogEntry(nowMs, reference.SnapshotId)],
    };

    /// <summary>Points main at a snapshot that stands; how long its snapshots are kept stays.</summary>
    public static TableMetadata SetCurrent(TableMetadata metadata, long snapshotId, long nowMs) =>
        SetMain(metadata, (metadata.Refs.GetValueOrDefault(SnapshotRef.Main) ?? new SnapshotRef(snapshotId, IsBranch: true)) with { SnapshotId = snapshotId }, nowMs);

    /// <summary>Sets or, with null, removes a branch or tag.</summary>
    public static TableMetadata SetRef(TableMetadata metadata, string name, SnapshotRef? reference)
    {
        var refs = new Dictionary<string, SnapshotRef>(metadata.Refs);
        if (reference is null)
        {
            refs.Remove(name);
        }
        else
        {
            refs[name] = reference;
        }

        return metadata with { Refs = refs };
    }
}
