using Features.Iceberg.Spec;
using static Features.Iceberg.MetadataTables.MetadataField;

namespace Features.Iceberg.MetadataTables;

/// <summary>Metadata tables that the metadata file alone answers: snapshots, history, refs and the log of metadata files.</summary>
internal static class SnapshotRows
{
    public static MetadataRows Snapshots(Table table) => MetadataRows.Of(
        [
            Required(1, "committed_at", Time),
            Required(2, "snapshot_id", Long),
            Optional(3, "parent_id", Long),
            Optional(4, "operation", Text),
            Optional(5, "manifest_list", Text),
            Optional(6, "summary", new MapType(7, Text, 8, Text, ValueRequired: false)),
        ],
        () => table.Metadata.Snapshots.Select(s => new object?[]
        {
            Micros(s.TimestampMs), s.SnapshotId, s.ParentId, s.Operation, s.ManifestList,
            s.Summary.Where(p => p.Key != "operation").OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create((object)p.Key, (object?)p.Value)).ToArray(),
        }));

    public static MetadataRows History(Table table) => MetadataRows.Of(
        [
            Required(1, "made_current_at", Time),
            Required(2, "snapshot_id", Long),
            Optional(3, "parent_id", Long),
            Required(4, "is_current_ancestor", Flag),
        ],
        () =>
        {
            var ancestors = AncestorsOf(table.Metadata).ToHashSet();
            return table.Metadata.SnapshotLog.Select(e => new object?[]
            {
                Micros(e.TimestampMs), e.SnapshotId, table.Metadata.FindSnapshot(e.SnapshotId)?.ParentId, ancestors.Contains(e.SnapshotId),
            });
        });

    public static MetadataRows Refs(Table table) => MetadataRows.Of(
        [
            Required(1, "name", Text),
            Required(2, "type", Text),
            Required(3, "snapshot_id", Long),
            Optional(4, "max_reference_age_in_ms", Long),
            Optional(5, "min_snapshots_to_keep", Int),
            Optional(6, "max_snapshot_age_in_ms", Long),
        ],
        () => table.Metadata.Refs.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => new object?[]
        {
            r.Key, r.Value.IsBranch ? "BRANCH" : "TAG", r.Value.SnapshotId, r.Value.MaxRefAgeMs, r.Value.MinSnapshotsToKeep, r.Value.MaxSnapshotAgeMs,
        }));

    public static MetadataRows MetadataLog(Table table) => MetadataRows.Of(
        [
            Required(1, "timestamp", Time),
            Required(2, "file", Text),
            Optional(3, "latest_snapshot_id", Long),
            Optional(4, "latest_schema_id", Int),
            Optional(5, "latest_sequence_number", Long),
        ],
        () => table.Metadata.MetadataLog.Append(new MetadataLogEntry(table.Metadata.LastUpdatedMs, table.MetadataLocation)).Select(e =>
        {
            var id = table.Metadata.SnapshotLog.LastOrDefault(s => s.TimestampMs <= e.TimestampMs)?.SnapshotId;
            var latest = id is { } known ? table.Metadata.FindSnapshot(known) : null;
            return new object?[] { Micros(e.TimestampMs), e.MetadataFile, id, latest?.SchemaId, latest?.SequenceNumber };
        }));

    private static IEnumerable<long> AncestorsOf(TableMetadata metadata)
    {
        // A parent that is its own ancestor is damage, and must not be followed for ever.
        var seen = new HashSet<long>();
        for (var id = metadata.CurrentSnapshotId; id is { } at && seen.Add(at); id = metadata.FindSnapshot(at)?.ParentId)
        {
            yield return at;
        }
    }
}
