namespace Features.Iceberg.Spec;

/// <summary>What must hold between the parts of table metadata.</summary>
internal static class TableMetadataRules
{
    /// <summary>Everything that does not hold, each naming the field of the document.</summary>
    public static IEnumerable<string> Faults(TableMetadata metadata)
    {
        var snapshots = metadata.Snapshots.Select(s => s.SnapshotId).ToHashSet();
        return
        [
            .. metadata.Location.Length == 0 ? ["'location' is empty"] : Array.Empty<string>(),
            .. Doubled("schemas", metadata.Schemas.Select(s => s.SchemaId)),
            .. Doubled("partition-specs", metadata.PartitionSpecs.Select(s => s.SpecId)),
            .. Doubled("sort-orders", metadata.SortOrders.Select(s => s.OrderId)),
            .. Doubled("snapshots", metadata.Snapshots.Select(s => s.SnapshotId)),
            .. Absent("current-schema-id", metadata.CurrentSchemaId, "schemas", metadata.Schemas.Select(s => s.SchemaId)),
            .. Absent("default-spec-id", metadata.DefaultSpecId, "partition-specs", metadata.PartitionSpecs.Select(s => s.SpecId)),
            .. Absent("default-sort-order-id", metadata.DefaultSortOrderId, "sort-orders", metadata.SortOrders.Select(s => s.OrderId)),
            .. metadata.CurrentSnapshotId is { } current ? Absent("current-snapshot-id", current, "snapshots", snapshots) : [],
            .. metadata.Refs.SelectMany(r => Absent($"refs.{r.Key}.snapshot-id", r.Value.SnapshotId, "snapshots", snapshots)),
            .. metadata.Refs.GetValueOrDefault(SnapshotRef.Main) is { } main && main.SnapshotId != metadata.CurrentSnapshotId
                ? [$"'refs.main' is snapshot {main.SnapshotId} but 'current-snapshot-id' is {metadata.CurrentSnapshotId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "not set"}"]
                : Array.Empty<string>(),
        ];
    }

    private static IEnumerable<string> Doubled<T>(string field, IEnumerable<T> ids) =>
        ids.GroupBy(id => id).Where(g => g.Count() > 1).Select(g => $"'{field}' gives id {g.Key} {g.Count()} times");

    private static IEnumerable<string> Absent<T>(string field, T id, string list, IEnumerable<T> ids) =>
        ids.Contains(id) ? [] : [$"'{field}' is {id}, which '{list}' lacks"];
}
