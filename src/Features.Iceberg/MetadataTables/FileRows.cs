using System.Runtime.CompilerServices;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using static Features.Iceberg.MetadataTables.MetadataField;

namespace Features.Iceberg.MetadataTables;

/// <summary>Metadata tables over manifests: a row for each file, or for each entry.</summary>
internal static class FileRows
{
    /// <summary>Live files.</summary>
    public static MetadataRows Files(Table table, SnapshotManifestSource manifests)
    {
        var (fields, metrics, partition) = Columns(table.Metadata);
        return new MetadataRows(new Schema(0, [.. fields, metrics.Field], []), token => FilesAsync(table, manifests, metrics, partition, token));
    }

    /// <summary>All entries, those of removed files too.</summary>
    public static MetadataRows Entries(Table table, SnapshotManifestSource manifests)
    {
        var (fields, metrics, partition) = Columns(table.Metadata);
        NestedField[] columns =
        [
            Required(0, "status", Int),
            Optional(1, "snapshot_id", Long),
            Optional(3, "sequence_number", Long),
            Optional(4, "file_sequence_number", Long),
            Required(2, "data_file", new StructType(fields)),
            metrics.Field,
        ];
        return new MetadataRows(new Schema(0, columns, []), token => EntriesAsync(table, manifests, metrics, partition, token));
    }

    private static (IReadOnlyList<NestedField> Fields, ReadableMetrics Metrics, PartitionStruct Partition) Columns(TableMetadata metadata)
    {
        var partition = new PartitionStruct(metadata);
        NestedField[] fields =
        [
            Optional(134, "content", Int),
            Required(100, "file_path", Text),
            Required(101, "file_format", Text),
            Optional(141, "spec_id", Int),
            .. partition.Type.Fields.Count == 0 ? Array.Empty<NestedField>() : [Required(102, "partition", partition.Type)],
            Required(103, "record_count", Long),
            Required(104, "file_size_in_bytes", Long),
            Optional(108, "column_sizes", new MapType(117, Int, 118, Long, ValueRequired: true)),
            Optional(109, "value_counts", new MapType(119, Int, 120, Long, ValueRequired: true)),
            Optional(110, "null_value_counts", new MapType(121, Int, 122, Long, ValueRequired: true)),
            Optional(137, "nan_value_counts", new MapType(138, Int, 139, Long, ValueRequired: true)),
            Optional(125, "lower_bounds", new MapType(126, Int, 127, Binary, ValueRequired: true)),
            Optional(128, "upper_bounds", new MapType(129, Int, 130, Binary, ValueRequired: true)),
            Optional(131, "key_metadata", Binary),
            Optional(132, "split_offsets", new ListType(133, Long, ElementRequired: true)),
            Optional(135, "equality_ids", new ListType(136, Int, ElementRequired: true)),
            Optional(140, "sort_order_id", Int),
            Optional(142, "first_row_id", Long),
            Optional(143, "referenced_data_file", Text),
            Optional(144, "content_offset", Long),
            Optional(145, "content_size_in_bytes", Long),
        ];
        var highest = new Schema(0, fields, []).AllFields().Max(f => f.Id);
        return (fields, new ReadableMetrics(metadata.CurrentSchema, highest), partition);
    }

    private static async IAsyncEnumerable<object?[]> FilesAsync(
        Table table, SnapshotManifestSource manifests, ReadableMetrics metrics, PartitionStruct partition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (_, manifest) in manifests(cancellationToken).ConfigureAwait(false))
        {
            await foreach (var entry in ManifestReader.ReadAsync(table.Storage, manifest, table.Metadata, cancellationToken).ConfigureAwait(false))
            {
                if (entry.Status != ManifestEntryStatus.Deleted)
                {
                    yield return [.. Values(entry.File, partition), metrics.Of(entry.File)];
                }
            }
        }
    }

    private static async IAsyncEnumerable<object?[]> EntriesAsync(
        Table table, SnapshotManifestSource manifests, ReadableMetrics metrics, PartitionStruct partition, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (_, manifest) in manifests(cancellationToken).ConfigureAwait(false))
        {
            await foreach (var entry in ManifestReader.ReadAsync(table.Storage, manifest, table.Metadata, cancellationToken).ConfigureAwait(false))
            {
                object?[] file = [.. Values(entry.File, partition)];
                yield return [(int)entry.Status, entry.SnapshotId, entry.SequenceNumber, entry.FileSequenceNumber, file, metrics.Of(entry.File)];
            }
        }
    }

    private static IEnumerable<object?> Values(DataFile file, PartitionStruct partition) =>
    [
        (int)file.Content,
        file.FilePath,
        file.FileFormat,
        file.SpecId,
        .. partition.Type.Fields.Count == 0 ? Array.Empty<object?>() : [partition.Of(file)],
        file.RecordCount,
        file.FileSizeInBytes,
        Map(file.ColumnSizes),
        Map(file.ValueCounts),
        Map(file.NullValueCounts),
        Map(file.NanValueCounts),
        Map(file.LowerBounds),
        Map(file.UpperBounds),
        file.KeyMetadata,
        file.SplitOffsets?.Select(o => (object?)o).ToArray(),
        file.EqualityIds?.Select(id => (object?)id).ToArray(),
        file.SortOrderId,
        file.FirstRowId,
        file.ReferencedDataFile,
        file.ContentOffset,
        file.ContentSizeInBytes,
    ];

    private static KeyValuePair<object, object?>[]? Map<T>(IReadOnlyDictionary<int, T>? values) =>
        values?.OrderBy(p => p.Key).Select(p => KeyValuePair.Create((object)p.Key, (object?)p.Value)).ToArray();
}
