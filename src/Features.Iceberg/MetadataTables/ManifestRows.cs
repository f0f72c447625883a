using System.Runtime.CompilerServices;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using static Features.Iceberg.MetadataTables.MetadataField;

namespace Features.Iceberg.MetadataTables;

/// <summary>Metadata tables over manifest lists.</summary>
internal static class ManifestRows
{
    private static readonly IReadOnlyList<NestedField> Fields =
    [
        Required(14, "content", Int),
        Required(1, "path", Text),
        Required(2, "length", Long),
        Optional(3, "partition_spec_id", Int),
        Optional(4, "added_snapshot_id", Long),
        Optional(5, "added_data_files_count", Int),
        Optional(6, "existing_data_files_count", Int),
        Optional(7, "deleted_data_files_count", Int),
        Required(15, "added_delete_files_count", Int),
        Required(16, "existing_delete_files_count", Int),
        Required(17, "deleted_delete_files_count", Int),
        Optional(8, "partition_summaries", new ListType(9, new StructType(
        [
            Required(10, "contains_null", Flag),
            Optional(11, "contains_nan", Flag),
            Optional(12, "lower_bound", Text),
            Optional(13, "upper_bound", Text),
        ]), ElementRequired: true)),
    ];

    public static MetadataRows OfSnapshot(Table table, Snapshot? snapshot)
    {
        var manifests = SnapshotManifests.OfSnapshot(table, snapshot, isDeletes: null);
        return new MetadataRows(new Schema(0, Fields, []), token => RowsAsync(table, manifests, withSnapshot: false, token));
    }

    public static MetadataRows OfAllSnapshots(Table table) => new(
        new Schema(0, [.. Fields, Required(18, "reference_snapshot_id", Long)], []), token => RowsAsync(table, SnapshotManifests.OfEachSnapshot(table), withSnapshot: true, token));

    private static async IAsyncEnumerable<object?[]> RowsAsync(Table table, SnapshotManifestSource source, bool withSnapshot, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (snapshot, manifest) in source(cancellationToken).ConfigureAwait(false))
        {
            object?[] row = [.. RowOf(table.Metadata, manifest)];
            yield return withSnapshot ? [.. row, snapshot.SnapshotId] : row;
        }
    }

    private static IEnumerable<object?> RowOf(TableMetadata metadata, ManifestFile manifest)
    {
        var (data, deletes) = manifest.IsDeletes ? (0, 1) : (1, 0);
        return
        [
            deletes,
            manifest.ManifestPath,
            manifest.ManifestLength,
            manifest.PartitionSpecId,
            manifest.AddedSnapshotId,
            manifest.AddedFilesCount * data,
            manifest.ExistingFilesCount * data,
            manifest.DeletedFilesCount * data,
            (manifest.AddedFilesCount ?? 0) * deletes,
            (manifest.ExistingFilesCount ?? 0) * deletes,
            (manifest.DeletedFilesCount ?? 0) * deletes,
            Summaries(metadata, manifest),
        ];
    }

    private static object?[]? Summaries(TableMetadata metadata, ManifestFile manifest)
    {
        // What the list says of a spec that the metadata lacks cannot be put into words.
        if (manifest.Partitions is not { } summaries || metadata.PartitionSpecs.FirstOrDefault(s => s.SpecId == manifest.PartitionSpecId) is not { } spec || spec.Fields.Count != summaries.Count)
        {
            return null;
        }

        var types = metadata.PartitionType(spec).Fields;
        return [.. summaries.Select((summary, i) => new object?[] { summary.ContainsNull, summary.ContainsNan, Bound(summary.LowerBound, i), Bound(summary.UpperBound, i) })];

        string? Bound(byte[]? bytes, int i)
        {
            var source = metadata.Schemas.Select(s => s.FindNested(spec.Fields[i].SourceId)?.Type).OfType<PrimitiveType>().LastOrDefault() ?? new PrimitiveType(PrimitiveKind.Unknown);
            return bytes is not null && ReadableMetrics.Bound(bytes, types[i].Type) is { } value ? spec.Fields[i].Transform.ToHumanString(value, source) : null;
        }
    }
}
