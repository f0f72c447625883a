using System.Text.Json;
using System.Text.Json.Nodes;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>Requirements and updates as the REST specification writes them.</summary>
internal static class MetadataChangesJson
{
    /// <summary>The body of a commit.</summary>
    public static JsonObject Commit(MetadataChanges changes, JsonObject identifier) => new()
    {
        ["identifier"] = identifier,
        ["requirements"] = new JsonArray([.. changes.Requirements.Select(Of)]),
        ["updates"] = new JsonArray([.. changes.Updates.Select(Of)]),
    };

    public static JsonNode Of(TableRequirement requirement) => requirement switch
    {
        TableRequirement.AssertCreate => new JsonObject { ["type"] = "assert-create" },
        TableRequirement.AssertTableUuid r => new JsonObject { ["type"] = "assert-table-uuid", ["uuid"] = r.Uuid.ToString() },
        TableRequirement.AssertRefSnapshotId r => new JsonObject { ["type"] = "assert-ref-snapshot-id", ["ref"] = r.Ref, ["snapshot-id"] = r.SnapshotId },
        TableRequirement.AssertLastAssignedFieldId r => new JsonObject { ["type"] = "assert-last-assigned-field-id", ["last-assigned-field-id"] = r.Id },
        TableRequirement.AssertLastAssignedPartitionId r => new JsonObject { ["type"] = "assert-last-assigned-partition-id", ["last-assigned-partition-id"] = r.Id },
        TableRequirement.AssertCurrentSchemaId r => new JsonObject { ["type"] = "assert-current-schema-id", ["current-schema-id"] = r.Id },
        TableRequirement.AssertDefaultSpecId r => new JsonObject { ["type"] = "assert-default-spec-id", ["default-spec-id"] = r.Id },
        TableRequirement.AssertDefaultSortOrderId r => new JsonObject { ["type"] = "assert-default-sort-order-id", ["default-sort-order-id"] = r.Id },
        _ => throw new ArgumentOutOfRangeException(nameof(requirement), requirement, "a requirement without a JSON form"),
    };

    public static JsonNode Of(MetadataUpdate update) => update switch
    {
        MetadataUpdate.AssignUuid u => Action("assign-uuid", ("uuid", u.Uuid.ToString())),
        MetadataUpdate.UpgradeFormatVersion u => Action("upgrade-format-version", ("format-version", u.Version)),
        MetadataUpdate.SetLocation u => Action("set-location", ("location", u.Location)),
        MetadataUpdate.SetProperties u => Action("set-properties", ("updates", Of(u.Updates))),
        MetadataUpdate.RemoveProperties u => Action("remove-properties", ("removals", new JsonArray([.. u.Removals.Select(r => (JsonNode)r)]))),
        MetadataUpdate.AddSchema u => Action("add-schema", ("schema", Of(u.Schema)), ("last-column-id", u.LastColumnId)),
        MetadataUpdate.SetCurrentSchema u => Action("set-current-schema", ("schema-id", u.SchemaId)),
        MetadataUpdate.RemoveSchemas u => Action("remove-schemas", ("schema-ids", new JsonArray([.. u.SchemaIds.Select(id => (JsonNode)id)]))),
        MetadataUpdate.AddSpec u => Action("add-spec", ("spec", Of(u.Spec))),
        MetadataUpdate.SetDefaultSpec u => Action("set-default-spec", ("spec-id", u.SpecId)),
        MetadataUpdate.RemovePartitionSpecs u => Action("remove-partition-specs", ("spec-ids", new JsonArray([.. u.SpecIds.Select(id => (JsonNode)id)]))),
        MetadataUpdate.AddSortOrder u => Action("add-sort-order", ("sort-order", Of(u.Order))),
        MetadataUpdate.SetDefaultSortOrder u => Action("set-default-sort-order", ("sort-order-id", u.OrderId)),
        MetadataUpdate.AddSnapshot u => Action("add-snapshot", ("snapshot", Of(u.Snapshot))),
        MetadataUpdate.SetSnapshotRef u => SetRef(u),
        MetadataUpdate.RemoveSnapshotRef u => Action("remove-snapshot-ref", ("ref-name", u.Name)),
        MetadataUpdate.RemoveSnapshots u => Action("remove-snapshots", ("snapshot-ids", new JsonArray([.. u.SnapshotIds.Select(id => (JsonNode)id)]))),
        MetadataUpdate.SetStatistics u => Action("set-statistics", ("snapshot-id", u.SnapshotId), ("statistics", u.File.DeepClone())),
        MetadataUpdate.RemoveStatistics u => Action("remove-statistics", ("snapshot-id", u.SnapshotId)),
        MetadataUpdate.SetPartitionStatistics u => Action("set-partition-statistics", ("partition-statistics", u.File.DeepClone())),
        MetadataUpdate.RemovePartitionStatistics u => Action("remove-partition-statistics", ("snapshot-id", u.SnapshotId)),
        MetadataUpdate.AddEncryptionKey u => Action("add-encryption-key", ("encryption-key", u.Key.DeepClone())),
        MetadataUpdate.RemoveEncryptionKey u => Action("remove-encryption-key", ("key-id", u.KeyId)),
        _ => throw new ArgumentOutOfRangeException(nameof(update), update, "an update without a JSON form"),
    };

    public static JsonNode Of(Schema schema) => JsonNode.Parse(SchemaJson.ToJson(schema), documentOptions: SchemaJson.DocumentOptions)!;

    public static JsonNode Of(PartitionSpec spec) => Written(writer => TableMetadataWriter.WritePartitionSpec(writer, spec));

    public static JsonNode Of(SortOrder order) => Written(writer => TableMetadataWriter.WriteSortOrder(writer, order));

    public static JsonNode Of(Snapshot snapshot) => Written(writer => TableMetadataWriter.WriteSnapshot(writer, snapshot));

    public static JsonObject Of(IReadOnlyDictionary<string, string> strings) => new(strings.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value)));

    private static JsonObject Action(string name, params (string Field, JsonNode Value)[] fields) =>
        new(fields.Select(f => KeyValuePair.Create(f.Field, (JsonNode?)f.Value)).Prepend(new("action", name)));

    // The reference's own fields stand beside its name, not in an object of their own.
    private static JsonObject SetRef(MetadataUpdate.SetSnapshotRef update)
    {
        var json = Written(writer => TableMetadataWriter.WriteRef(writer, update.Reference)).AsObject();
        json["action"] = "set-snapshot-ref";
        json["ref-name"] = update.Name;
        return json;
    }

    private static JsonNode Written(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return JsonNode.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length))!;
    }
}
