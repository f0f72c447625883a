using System.Runtime.CompilerServices;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using static Features.Iceberg.MetadataTables.MetadataField;

namespace Features.Iceberg.MetadataTables;

/// <summary>The metadata table <c>partitions</c>: what each partition holds and when it last changed. Rows are those of the data files, deletes not taken off.</summary>
internal static class PartitionRows
{
    public static MetadataRows OfSnapshot(Table table, Snapshot? snapshot)
    {
        var manifests = SnapshotManifests.OfSnapshot(table, snapshot, isDeletes: null);
        var partition = new PartitionStruct(table.Metadata);
        var isPartitioned = partition.Type.Fields.Count > 0;
        NestedField[] counts =
        [
            Required(2, "record_count", Long),
            Required(3, "file_count", Int),
            Required(11, "total_data_file_size_in_bytes", Long),
            Required(5, "position_delete_record_count", Long),
            Required(6, "position_delete_file_count", Int),
            Required(7, "equality_delete_record_count", Long),
            Required(8, "equality_delete_file_count", Int),
            Optional(9, "last_updated_at", Time),
            Optional(10, "last_updated_snapshot_id", Long),
        ];
        NestedField[] columns = isPartitioned ? [Required(1, "partition", partition.Type), Required(4, "spec_id", Int), .. counts] : counts;
        return new MetadataRows(new Schema(0, columns, []), token => RowsAsync(table, manifests, partition, isPartitioned, token));
    }

    private static async IAsyncEnumerable<object?[]> RowsAsync(
        Table table, SnapshotManifestSource manifests, PartitionStruct partition, bool isPartitioned, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = new Dictionary<(int, PartitionKey), Totals>();
        await foreach (var (_, manifest) in manifests(cancellationToken).ConfigureAwait(false))
        {
            await foreach (var entry in ManifestReader.ReadAsync(table.Storage, manifest, table.Metadata, cancellationToken).ConfigureAwait(false))
            {
                if (entry.Status == ManifestEntryStatus.Deleted)
                {
                    continue;
                }

                var values = partition.Of(entry.File);
                var key = (isPartitioned ? entry.File.SpecId : 0, PartitionKey.Of(values));
                if (!found.TryGetValue(key, out var totals))
                {
                    found.Add(key, totals = new Totals(values, entry.File.SpecId));
                }

                totals.Add(entry, entry.SnapshotId is { } id ? table.Metadata.FindSnapshot(id) : null);
            }
        }

        foreach (var totals in found.Values)
        {
            yield return isPartitioned ? [totals.Partition, totals.SpecId, .. totals.Counts()] : [.. totals.Counts()];
        }
    }

    private sealed class Totals(object?[] partition, int specId)
    {
        private readonly long[] records = new long[3];
        private readonly int[] files = new int[3];
        private long dataBytes;
        private Snapshot? latest;

        public object?[] Partition { get; } = partition;

        public int SpecId { get; } = specId;

        public void Add(ManifestEntry entry, Snapshot? snapshot)
        {
            records[(int)entry.File.Content] += entry.File.RecordCount;
            files[(int)entry.File.Content]++;
            dataBytes += entry.File.Content == FileContent.Data ? entry.File.FileSizeInBytes : 0;

            // The snapshot of an old file may have expired; then nobody knows the time any more.
            if (snapshot is not null && (latest is null || snapshot.TimestampMs > latest.TimestampMs))
            {
                latest = snapshot;
            }
        }

        public IEnumerable<object?> Counts() =>
        [
            records[0], files[0], dataBytes, records[1], files[1], records[2], files[2], latest is null ? null : Micros(latest.TimestampMs), latest?.SnapshotId,
        ];
    }
}
