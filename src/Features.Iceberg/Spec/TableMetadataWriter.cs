using System.Text.Json;

namespace Features.Iceberg.Spec;

/// <summary>Writes the metadata document, version 2.</summary>
internal static class TableMetadataWriter
{
    // Java's readers of v1 and v2 take -1 for "no snapshot".
    private const long NoSnapshot = -1;

    public static void Write(Utf8JsonWriter writer, TableMetadata metadata)
    {
        writer.WriteStartObject();
        writer.WriteNumber("format-version", metadata.FormatVersion);
        writer.WriteString("table-uuid", metadata.TableUuid ?? throw new InvalidTableArgumentException($"the table at '{metadata.Location}' has no uuid; version 2 needs one"));
        writer.WriteString("location", metadata.Location);
        writer.WriteNumber("last-sequence-number", metadata.LastSequenceNumber);
        writer.WriteNumber("last-updated-ms", metadata.LastUpdatedMs);
        writer.WriteNumber("last-column-id", metadata.LastColumnId);
        writer.WriteNumber("current-schema-id", metadata.CurrentSchemaId);
        WriteArray(writer, "schemas", metadata.Schemas, schema => SchemaJson.Write(writer, schema));
        writer.WriteNumber("default-spec-id", metadata.DefaultSpecId);
        WriteArray(writer, "partition-specs", metadata.PartitionSpecs, spec => WritePartitionSpec(writer, spec));
        writer.WriteNumber("last-partition-id", metadata.LastPartitionId);
        writer.WriteNumber("default-sort-order-id", metadata.DefaultSortOrderId);
        WriteArray(writer, "sort-orders", metadata.SortOrders, order => WriteSortOrder(writer, order));
        WriteStrings(writer, "properties", metadata.Properties);
        writer.WriteNumber("current-snapshot-id", metadata.CurrentSnapshotId ?? NoSnapshot);
        WriteRefs(writer, metadata.Refs);
        WriteArray(writer, "snapshots", metadata.Snapshots, snapshot => WriteSnapshot(writer, snapshot));
        WriteArray(writer, "snapshot-log", metadata.SnapshotLog, entry =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("timestamp-ms", entry.TimestampMs);
            writer.WriteNumber("snapshot-id", entry.SnapshotId);
            writer.WriteEndObject();
        });
        WriteArray(writer, "metadata-log", metadata.MetadataLog, entry =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("timestamp-ms", entry.TimestampMs);
            writer.WriteString("metadata-file", entry.MetadataFile);
            writer.WriteEndObject();
        });
        foreach (var (name, value) in metadata.Unknown)
        {
            writer.WritePropertyName(name);
            if (value is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                value.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>A partition spec, as metadata and the REST catalog hold it.</summary>
    internal static void WritePartitionSpec(Utf8JsonWriter writer, PartitionSpec spec)
    {
        writer.WriteStartObject();
        writer.WriteNumber("spec-id", spec.SpecId);
        WriteArray(writer, "fields", spec.Fields, field => WritePartitionField(writer, field));
        writer.WriteEndObject();
    }

    /// <summary>One partition field, as metadata and manifest headers hold it.</summary>
    internal static void WritePartitionField(Utf8JsonWriter writer, PartitionField field)
    {
        writer.WriteStartObject();
        writer.WriteString("name", field.Name);
        writer.WriteString("transform", field.Transform.ToString());
        writer.WriteNumber("source-id", field.SourceId);
        writer.WriteNumber("field-id", field.FieldId);
        writer.WriteEndObject();
    }

    /// <summary>A sort order, as metadata and the REST catalog hold it.</summary>
    internal static void WriteSortOrder(Utf8JsonWriter writer, SortOrder order)
    {
        writer.WriteStartObject();
        writer.WriteNumber("order-id", order.OrderId);
        WriteArray(writer, "fields", order.Fields, field =>
        {
            writer.WriteStartObject();
            writer.WriteString("transform", field.Transform.ToString());
            writer.WriteNumber("source-id", field.SourceId);
            writer.WriteString("direction", field.Descending ? "desc" : "asc");
            writer.WriteString("null-order", field.NullsFirst ? "nulls-first" : "nulls-last");
            writer.WriteEndObject();
        });
        writer.WriteEndObject();
    }

    /// <summary>A snapshot, as metadata and the REST catalog hold it.</summary>
    internal static void WriteSnapshot(Utf8JsonWriter writer, Snapshot snapshot)
    {
        writer.WriteStartObject();
        writer.WriteNumber("sequence-number", snapshot.SequenceNumber);
        writer.WriteNumber("snapshot-id", snapshot.SnapshotId);
        WriteOptional(writer, "parent-snapshot-id", snapshot.ParentId);
        writer.WriteNumber("timestamp-ms", snapshot.TimestampMs);
        WriteStrings(writer, "summary", snapshot.Summary);
        if (snapshot.ManifestList is { } list)
        {
            writer.WriteString("manifest-list", list);
        }
        else
        {
            WriteArray(writer, "manifests", snapshot.Manifests ?? [], writer.WriteStringValue);
        }

        WriteOptional(writer, "schema-id", snapshot.SchemaId);
        writer.WriteEndObject();
    }

    private static void WriteRefs(Utf8JsonWriter writer, IReadOnlyDictionary<string, SnapshotRef> refs)
    {
        writer.WriteStartObject("refs");
        foreach (var (name, reference) in refs)
        {
            writer.WritePropertyName(name);
            WriteRef(writer, reference);
        }

        writer.WriteEndObject();
    }

    /// <summary>A branch or tag, as metadata and the REST catalog hold it.</summary>
    internal static void WriteRef(Utf8JsonWriter writer, SnapshotRef reference)
    {
        writer.WriteStartObject();
        writer.WriteNumber("snapshot-id", reference.SnapshotId);
        writer.WriteString("type", reference.IsBranch ? "branch" : "tag");
        WriteOptional(writer, "min-snapshots-to-keep", reference.MinSnapshotsToKeep);
        WriteOptional(writer, "max-snapshot-age-ms", reference.MaxSnapshotAgeMs);
        WriteOptional(writer, "max-ref-age-ms", reference.MaxRefAgeMs);
        writer.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static void WriteStrings(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, string> strings)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in strings)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteArray<T>(Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> write)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            write(item);
        }

        writer.WriteEndArray();
    }
}
