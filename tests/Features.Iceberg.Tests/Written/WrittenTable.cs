using System.Text.Json;

namespace Features.Iceberg.Written;

/// <summary>
/// Walks everything that a table's metadata reaches and holds it to the specification, version 2, rule by rule. It reads through System.Text.Json, Apache.Avro and DuckDB, never through the code that
/// wrote it. Sections are named as the specification names them.
/// </summary>
internal static class WrittenTable
{
    private static readonly string[] Required =
    [
        "format-version", "table-uuid", "location", "last-sequence-number", "last-updated-ms", "last-column-id", "schemas", "current-schema-id", "partition-specs", "default-spec-id", "last-partition-id",
        "sort-orders", "default-sort-order-id",
    ];

    /// <summary>Checks the table of a metadata file, its whole history, and returns how many data files it saw.</summary>
    /// <param name="metadataLocation">The metadata file.</param>
    /// <param name="opensFiles">False if the data files themselves do not exist.</param>
    public static int Check(string metadataLocation, bool opensFiles = true)
    {
        var current = Read(metadataLocation);
        var history = current.GetProperty("metadata-log").EnumerateArray().ToList();
        var earlier = default(JsonElement?);
        foreach (var entry in history)
        {
            var then = Read(Text(entry, "metadata-file"));
            Rule(Number(entry, "timestamp-ms") == Number(then, "last-updated-ms"), "Table Metadata Fields", "metadata-log gives the time at which the logged file was current");
            CheckSuccession(earlier, then);
            earlier = then;
        }

        CheckSuccession(earlier, current);
        CheckSchemas(current);
        CheckPartitioningAndSorting(current);
        CheckSnapshots(current);
        var files = new HashSet<string>();
        var live = new Dictionary<long, IReadOnlyDictionary<string, WrittenEntry>>();
        foreach (var snapshot in current.GetProperty("snapshots").EnumerateArray())
        {
            IReadOnlyDictionary<string, WrittenEntry>? before = snapshot.TryGetProperty("parent-snapshot-id", out var parent) ? live.GetValueOrDefault(parent.GetInt64()) : new Dictionary<string, WrittenEntry>();
            live[Number(snapshot, "snapshot-id")] = WrittenManifests.Check(current, snapshot, before, opensFiles);
            files.UnionWith(live[Number(snapshot, "snapshot-id")].Keys);
        }

        return files.Count;
    }

    public static void Rule(bool holds, string section, string rule) => Assert.True(holds, $"\"{section}\": {rule}");

    public static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    public static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();

    public static JsonElement Only(JsonElement array, string id, long value) => array.EnumerateArray().Single(e => Number(e, id) == value);

    /// <summary>All fields of a type, those within structs, lists and maps too: id, type, and whether it is required.</summary>
    public static IEnumerable<(int Id, JsonElement Type, bool Required)> Fields(JsonElement type)
    {
        if (type.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        return Text(type, "type") switch
        {
            "struct" => type.GetProperty("fields").EnumerateArray().SelectMany(f => Fields(f.GetProperty("type")).Prepend(((int)Number(f, "id"), f.GetProperty("type"), f.GetProperty("required").GetBoolean()))),
            "list" => Fields(type.GetProperty("element")).Prepend(((int)Number(type, "element-id"), type.GetProperty("element"), type.GetProperty("element-required").GetBoolean())),
            _ => Fields(type.GetProperty("key")).Prepend(((int)Number(type, "key-id"), type.GetProperty("key"), true))
                .Concat(Fields(type.GetProperty("value")).Prepend(((int)Number(type, "value-id"), type.GetProperty("value"), type.GetProperty("value-required").GetBoolean()))),
        };
    }

    private static JsonElement Read(string location)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(location));
        var metadata = document.RootElement.Clone();
        Assert.All(Required, name => Rule(metadata.TryGetProperty(name, out _), "Table Metadata Fields", $"'{name}' is required"));
        Rule(Number(metadata, "format-version") == 2, "Table Metadata Fields", "format-version is 2");
        Rule(Guid.TryParseExact(Text(metadata, "table-uuid"), "D", out _), "Table Metadata Fields", "table-uuid is a uuid");
        return metadata;
    }

    private static void CheckSuccession(JsonElement? before, JsonElement after)
    {
        if (before is not { } then)
        {
            return;
        }

        Rule(Text(then, "table-uuid") == Text(after, "table-uuid"), "Table Metadata Fields", "table-uuid never changes");
        Rule(Number(then, "last-updated-ms") <= Number(after, "last-updated-ms"), "Table Metadata Fields", "last-updated-ms never goes back");
        Assert.All(
            new[] { "last-sequence-number", "last-column-id", "last-partition-id" },
            name => Rule(Number(then, name) <= Number(after, name), "Table Metadata Fields", $"{name} never goes back"));
    }

    private static void CheckSchemas(JsonElement metadata)
    {
        foreach (var schema in metadata.GetProperty("schemas").EnumerateArray())
        {
            var fields = Fields(schema).ToList();
            Rule(fields.Select(f => f.Id).Distinct().Count() == fields.Count, "Schemas", "field ids are unique");
            Rule(fields.All(f => f.Id >= 1 && f.Id <= Number(metadata, "last-column-id")), "Table Metadata Fields", "last-column-id is the highest that was assigned");
            foreach (var id in schema.TryGetProperty("identifier-field-ids", out var ids) ? ids.EnumerateArray().Select(i => i.GetInt32()) : [])
            {
                var field = fields.Single(f => f.Id == id);
                Rule(field.Required && field.Type.ValueKind == JsonValueKind.String && field.Type.GetString() is not ("float" or "double"), "Identifier Field IDs", "identifier fields are required and neither float nor nested");
            }
        }

        _ = Only(metadata.GetProperty("schemas"), "schema-id", Number(metadata, "current-schema-id"));
    }

    private static void CheckPartitioningAndSorting(JsonElement metadata)
    {
        var columns = metadata.GetProperty("schemas").EnumerateArray().SelectMany(s => Fields(s)).Select(f => f.Id).ToHashSet();
        foreach (var field in metadata.GetProperty("partition-specs").EnumerateArray().SelectMany(s => s.GetProperty("fields").EnumerateArray()))
        {
            Rule(Number(field, "field-id") >= 1000 && Number(field, "field-id") <= Number(metadata, "last-partition-id"), "Partition Evolution", "partition field ids start at 1000 and end at last-partition-id");
            Rule(columns.Contains((int)Number(field, "source-id")), "Partitioning", "a partition field's source is a column");
        }

        foreach (var order in metadata.GetProperty("sort-orders").EnumerateArray())
        {
            Rule((Number(order, "order-id") == 0) == (order.GetProperty("fields").GetArrayLength() == 0), "Sorting", "order 0 is the unsorted one, and no other is");
            Assert.All(order.GetProperty("fields").EnumerateArray(), f => Rule(
                Text(f, "direction") is "asc" or "desc" && Text(f, "null-order") is "nulls-first" or "nulls-last" && columns.Contains((int)Number(f, "source-id")), "Sorting", "a sort field has source, direction and null order"));
        }

        _ = Only(metadata.GetProperty("partition-specs"), "spec-id", Number(metadata, "default-spec-id"));
        _ = Only(metadata.GetProperty("sort-orders"), "order-id", Number(metadata, "default-sort-order-id"));
    }

    private static void CheckSnapshots(JsonElement metadata)
    {
        var snapshots = metadata.GetProperty("snapshots").EnumerateArray().ToList();
        var log = metadata.GetProperty("snapshot-log").EnumerateArray().ToList();
        var currentId = Number(metadata, "current-snapshot-id");
        Rule(snapshots.Count > 0 && snapshots.Any(s => Number(s, "snapshot-id") == currentId), "Table Metadata Fields", "current-snapshot-id names a snapshot");
        var main = metadata.GetProperty("refs").GetProperty("main");
        Rule(Number(main, "snapshot-id") == currentId && Text(main, "type") == "branch", "Snapshot References", "main is a branch at current-snapshot-id");
        Rule(Number(log[^1], "snapshot-id") == currentId, "Table Metadata Fields", "the last entry of snapshot-log is the current snapshot");
        Rule(log.Zip(log.Skip(1)).All(p => Number(p.First, "timestamp-ms") <= Number(p.Second, "timestamp-ms")), "Table Metadata Fields", "snapshot-log is in the order of time");
        Rule(log.All(e => Number(e, "timestamp-ms") <= Number(metadata, "last-updated-ms")), "Table Metadata Fields", "last-updated-ms is not before any snapshot");
        var numbers = snapshots.Select(s => Number(s, "sequence-number")).ToList();
        Rule(numbers.Zip(numbers.Skip(1)).All(p => p.First < p.Second), "Sequence Numbers", "each commit takes a higher sequence number");
        Rule(Number(metadata, "last-sequence-number") >= numbers[^1], "Sequence Numbers", "last-sequence-number is the highest that was assigned");
        foreach (var snapshot in snapshots)
        {
            var parent = snapshot.TryGetProperty("parent-snapshot-id", out var id) ? snapshots.Find(s => Number(s, "snapshot-id") == id.GetInt64()) : default;
            Rule(parent.ValueKind == JsonValueKind.Undefined || Number(parent, "sequence-number") < Number(snapshot, "sequence-number"), "Snapshots", "a parent is older");
            Rule(snapshot.GetProperty("summary").EnumerateObject().All(p => p.Value.ValueKind == JsonValueKind.String), "Snapshots", "summary values are strings");
            _ = Only(metadata.GetProperty("schemas"), "schema-id", Number(snapshot, "schema-id"));
        }

        foreach (var reference in metadata.GetProperty("refs").EnumerateObject())
        {
            Rule(snapshots.Exists(s => Number(s, "snapshot-id") == Number(reference.Value, "snapshot-id")), "Snapshot References", "a branch or tag names a snapshot");
        }
    }
}
