using System.Text.Json;
using System.Text.Json.Nodes;

namespace Features.Iceberg.Spec;

/// <summary>Reads the metadata document of versions 1 to 3, with the fallbacks that the specification gives for fields version 1 may lack.</summary>
internal static class TableMetadataReader
{
    private const int FirstPartitionFieldId = 1000;

    private static readonly HashSet<string> Known =
    [
        "format-version", "table-uuid", "location", "last-sequence-number", "last-updated-ms", "last-column-id", "schema", "schemas", "current-schema-id", "partition-spec",
        "partition-specs", "default-spec-id", "last-partition-id", "properties", "current-snapshot-id", "snapshots", "snapshot-log", "metadata-log", "sort-orders",
        "default-sort-order-id", "refs", "next-row-id",
    ];

    public static TableMetadata Read(JsonElement document, string location)
    {
        var faults = new List<string>();
        var root = new JsonAt(document, null, faults);
        if (document.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidFileException(location, "it is not a JSON object");
        }

        var version = root.Int("format-version");
        if (faults.Count == 0 && version > 3)
        {
            throw new UnsupportedFeatureException($"format version {version}", location, "versions 1 to 3 are read; a newer release may read it");
        }

        if (faults.Count == 0 && version < 1)
        {
            faults.Add($"'format-version' is {version}");
        }

        if (faults.Count > 0)
        {
            throw new InvalidFileException(location, $"it is not table metadata: {string.Join("; ", faults)}");
        }

        var metadata = ReadVersion(root, version);
        faults.AddRange(TableMetadataRules.Faults(metadata));
        return faults.Count == 0 ? metadata : throw new InvalidFileException(location, $"its metadata is not valid: {string.Join("; ", faults)}");
    }

    private static TableMetadata ReadVersion(JsonAt root, int version)
    {
        var (schemas, currentSchemaId) = ReadSchemas(root, version);
        var (specs, defaultSpecId) = ReadSpecs(root, version);
        var orders = version > 1 || root.Find("sort-orders") is not null
            ? [.. (root.Get("sort-orders")?.Items() ?? []).Select(ReadSortOrder)]
            : new[] { SortOrder.Unsorted };
        var current = root.FindId("current-snapshot-id") is { } id and not -1 ? id : (long?)null;
        return new TableMetadata
        {
            FormatVersion = version,
            TableUuid = ReadUuid(version > 1 ? root.Get("table-uuid") : root.Find("table-uuid")),
            Location = root.String("location").TrimEnd('/'),
            LastSequenceNumber = version > 1 ? root.Long("last-sequence-number") : 0,
            LastUpdatedMs = root.Long("last-updated-ms"),
            LastColumnId = root.Int("last-column-id"),
            Schemas = schemas,
            CurrentSchemaId = currentSchemaId,
            PartitionSpecs = specs,
            DefaultSpecId = defaultSpecId,
            LastPartitionId = version > 1
                ? root.Int("last-partition-id")
                : root.FindInt("last-partition-id") ?? specs.SelectMany(s => s.Fields).Select(f => f.FieldId).Append(FirstPartitionFieldId - 1).Max(),
            SortOrders = orders,
            DefaultSortOrderId = version > 1 ? root.Int("default-sort-order-id") : root.FindInt("default-sort-order-id") ?? 0,
            Properties = root.FindStrings("properties"),
            CurrentSnapshotId = current,
            Snapshots = [.. root.FindItems("snapshots").Select(ReadSnapshot)],
            Refs = ReadRefs(root, current),
            SnapshotLog = [.. root.FindItems("snapshot-log").Select(e => new SnapshotLogEntry(e.Long("timestamp-ms"), e.Id("snapshot-id")))],
            MetadataLog = [.. root.FindItems("metadata-log").Select(e => new MetadataLogEntry(e.Long("timestamp-ms"), e.String("metadata-file")))],
            NextRowId = version > 2 ? root.FindLong("next-row-id") ?? 0 : null,
            Unknown = root.Element.EnumerateObject().Where(m => !Known.Contains(m.Name)).ToDictionary(m => m.Name, m => JsonNode.Parse(m.Value.GetRawText())),
        };
    }

    private static (IReadOnlyList<Schema> Schemas, int CurrentId) ReadSchemas(JsonAt root, int version)
    {
        Schema[] schemas = [.. (version > 1 ? root.Get("schemas") : root.Find("schemas"))?.Items().Select(s => SchemaJson.Read(s, 0)) ?? []];
        if (version > 1 || (schemas.Length > 0 && root.Find("current-schema-id") is not null))
        {
            return (schemas, root.Int("current-schema-id"));
        }

        // v1 may give the current schema only by itself.
        if (root.Get("schema") is not { } single)
        {
            return (schemas, 0);
        }

        var current = SchemaJson.Read(single, 0);
        return ([.. schemas.Where(s => s.SchemaId != current.SchemaId), current], current.SchemaId);
    }

    private static (IReadOnlyList<PartitionSpec> Specs, int DefaultId) ReadSpecs(JsonAt root, int version)
    {
        if (version > 1 || root.Find("partition-specs") is not null)
        {
            PartitionSpec[] specs = [.. root.Get("partition-specs")?.Items().Select(s => new PartitionSpec(s.Int("spec-id"), ReadPartitionFields(s.Get("fields"), version))) ?? []];
            return (specs, version > 1 ? root.Int("default-spec-id") : root.FindInt("default-spec-id") ?? specs.Select(s => s.SpecId).DefaultIfEmpty().Max());
        }

        return ([new PartitionSpec(0, ReadPartitionFields(root.Get("partition-spec"), version))], 0);
    }

    /// <summary>The fields of a spec, as metadata and manifest headers hold them.</summary>
    internal static IReadOnlyList<PartitionField> ReadPartitionFields(JsonAt? fields, int version) => [.. (fields?.Items() ?? []).Select((f, i) =>
    {
        var (source, isSingle) = ReadSource(f);
        var transform = Transform.Parse(f.String("transform"));
        return new PartitionField(
            source,
            version > 1 ? f.Int("field-id") : f.FindInt("field-id") ?? FirstPartitionFieldId + i,
            f.String("name"),
            isSingle ? transform : new Transform(TransformKind.Unknown, 0, transform.ToString()));
    })];

    private static SortOrder ReadSortOrder(JsonAt order) => new(order.Int("order-id"), [.. (order.Get("fields")?.Items() ?? []).Select(f =>
    {
        var (source, isSingle) = ReadSource(f);
        var transform = Transform.Parse(f.String("transform"));
        return new SortField(
            source,
            isSingle ? transform : new Transform(TransformKind.Unknown, 0, transform.ToString()),
            OneOf(f, "direction", "desc", "asc"),
            OneOf(f, "null-order", "nulls-first", "nulls-last"));
    })]);

    // v3 lets a transform take several columns; no such transform is defined yet.
    private static (int Source, bool IsSingle) ReadSource(JsonAt field)
    {
        var several = field.FindItems("source-ids").ToList();
        return field.Find("source-id") is null && several.Count > 0 ? (several[0].AsInt(), several.Count == 1) : (field.Int("source-id"), true);
    }

    private static bool OneOf(JsonAt json, string name, string yes, string no)
    {
        var text = json.String(name);
        if (!text.Equals(yes, StringComparison.OrdinalIgnoreCase) && !text.Equals(no, StringComparison.OrdinalIgnoreCase) && text.Length > 0)
        {
            json.Faults.Add($"'{json.Path}.{name}' must be {yes} or {no} but is '{text}'");
        }

        return text.Equals(yes, StringComparison.OrdinalIgnoreCase);
    }

    private static Snapshot ReadSnapshot(JsonAt json)
    {
        var snapshot = new Snapshot(
            json.Id("snapshot-id"),
            json.FindId("parent-snapshot-id"),
            json.FindLong("sequence-number") ?? 0,
            json.Long("timestamp-ms"),
            json.FindString("manifest-list"),
            json.Find("manifests") is { } manifests ? [.. manifests.Items().Select(m => m.AsString())] : null,
            json.FindStrings("summary"),
            json.FindInt("schema-id"),
            json.FindLong("first-row-id"),
            json.FindLong("added-rows"),
            json.FindString("key-id"));
        if (snapshot.ManifestList is null && snapshot.Manifests is null)
        {
            json.Faults.Add($"'{json.Path}.manifest-list' is missing");
        }

        return snapshot;
    }

    private static Dictionary<string, SnapshotRef> ReadRefs(JsonAt root, long? current)
    {
        var refs = new Dictionary<string, SnapshotRef>();
        if (root.Find("refs") is { } json && json.IsObject())
        {
            foreach (var member in json.Element.EnumerateObject())
            {
                var reference = new JsonAt(member.Value, new JsonPlace(new JsonPlace(null, "refs", 0), member.Name, 0), root.Faults);
                refs[member.Name] = new SnapshotRef(
                    reference.Id("snapshot-id"),
                    OneOf(reference, "type", "branch", "tag"),
                    reference.FindInt("min-snapshots-to-keep"),
                    reference.FindLong("max-snapshot-age-ms"),
                    reference.FindLong("max-ref-age-ms"));
            }
        }

        if (current is { } id)
        {
            refs.TryAdd(SnapshotRef.Main, new SnapshotRef(id, IsBranch: true));
        }

        return refs;
    }

    private static Guid? ReadUuid(JsonAt? json) =>
        json is not { } text ? null : Guid.TryParse(text.AsString(), out var uuid) ? uuid : text.Fault<Guid?>("a uuid", null);
}
