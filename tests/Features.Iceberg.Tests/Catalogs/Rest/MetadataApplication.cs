using System.Text.Json.Nodes;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>What a REST server does with a commit, written from the specification, on the metadata document itself: it shares no code with the client.</summary>
internal static class MetadataApplication
{
    /// <summary>The requirement that does not hold; null if all do. A table that does not exist is null.</summary>
    public static string? Unmet(JsonObject? table, JsonArray requirements)
    {
        foreach (var requirement in requirements.Select(r => r!.AsObject()))
        {
            var type = (string)requirement["type"]!;
            var holds = type switch
            {
                "assert-create" => table is null,
                "assert-table-uuid" => Guid.Parse((string)table!["table-uuid"]!) == Guid.Parse((string)requirement["uuid"]!),
                "assert-ref-snapshot-id" => requirement.ContainsKey("snapshot-id")
                    && (long?)table!["refs"]?[(string)requirement["ref"]!]?["snapshot-id"] == (long?)requirement["snapshot-id"],
                "assert-last-assigned-field-id" => Same("last-column-id", "last-assigned-field-id"),
                "assert-last-assigned-partition-id" => Same("last-partition-id", "last-assigned-partition-id"),
                "assert-current-schema-id" => Same("current-schema-id", "current-schema-id"),
                "assert-default-spec-id" => Same("default-spec-id", "default-spec-id"),
                "assert-default-sort-order-id" => Same("default-sort-order-id", "default-sort-order-id"),
                _ => throw new ArgumentException($"there is no requirement '{type}'"),
            };
            if (!holds)
            {
                return $"{type} does not hold: {requirement.ToJsonString()}";
            }

            bool Same(string field, string asserted) => (int)table![field]! == (int)requirement[asserted]!;
        }

        return null;
    }

    /// <summary>A new document, with all updates made.</summary>
    public static JsonObject Apply(JsonObject? table, JsonArray updates, long nowMs)
    {
        // Through its text: a node that was made of an int is not read as a long.
        var to = JsonNode.Parse((table ?? Nothing()).ToJsonString())!.AsObject();
        var last = (Schema: -1, Spec: -1, Order: -1);
        foreach (var update in updates.Select(u => u!.AsObject()))
        {
            switch ((string)update["action"]!)
            {
                case "assign-uuid":
                    to["table-uuid"] = Unchanged((string?)to["table-uuid"], (string)update["uuid"]!);
                    break;
                case "upgrade-format-version":
                    to["format-version"] = (int)update["format-version"]! >= (int)to["format-version"]! ? (int)update["format-version"]! : throw new ArgumentException("a format version is not lowered");
                    break;
                case "set-location":
                    to["location"] = (string)update["location"]!;
                    break;
                case "set-properties":
                    foreach (var (key, value) in update["updates"]!.AsObject())
                    {
                        to["properties"]![key] = (string)value!;
                    }

                    break;
                case "remove-properties":
                    foreach (var key in update["removals"]!.AsArray())
                    {
                        to["properties"]!.AsObject().Remove((string)key!);
                    }

                    break;
                case "add-schema":
                    last.Schema = Add("schemas", "schema-id", update["schema"]!);
                    to["last-column-id"] = Math.Max((int)to["last-column-id"]!, FieldIds(update["schema"]!).Append((int?)update["last-column-id"] ?? 0).Max());
                    break;
                case "set-current-schema":
                    to["current-schema-id"] = Chosen("schemas", "schema-id", (int)update["schema-id"]!, last.Schema);
                    break;
                case "add-spec":
                    last.Spec = Add("partition-specs", "spec-id", update["spec"]!);
                    to["last-partition-id"] = update["spec"]!["fields"]!.AsArray().Select(f => (int)f!["field-id"]!).Append((int)to["last-partition-id"]!).Max();
                    break;
                case "set-default-spec":
                    to["default-spec-id"] = Chosen("partition-specs", "spec-id", (int)update["spec-id"]!, last.Spec);
                    break;
                case "add-sort-order":
                    last.Order = Add("sort-orders", "order-id", update["sort-order"]!);
                    break;
                case "set-default-sort-order":
                    to["default-sort-order-id"] = Chosen("sort-orders", "order-id", (int)update["sort-order-id"]!, last.Order);
                    break;
                case "add-snapshot":
                    AddSnapshot(to, update["snapshot"]!);
                    break;
                case "set-snapshot-ref":
                    SetRef(to, update, nowMs);
                    break;
                case "remove-snapshot-ref":
                    to["refs"]!.AsObject().Remove((string)update["ref-name"]!);
                    to["current-snapshot-id"] = (string)update["ref-name"]! == "main" ? -1L : (long)to["current-snapshot-id"]!;
                    break;
                case "remove-snapshots":
                    Remove(to, "snapshots", "snapshot-id", update["snapshot-ids"]!);
                    break;
                case "remove-partition-specs":
                    Remove(to, "partition-specs", "spec-id", update["spec-ids"]!);
                    break;
                case "remove-schemas":
                    Remove(to, "schemas", "schema-id", update["schema-ids"]!);
                    break;
                case "set-statistics":
                    Replace("statistics", "snapshot-id", update["snapshot-id"]!, update["statistics"]!);
                    break;
                case "remove-statistics":
                    Replace("statistics", "snapshot-id", update["snapshot-id"]!, null);
                    break;
                case "set-partition-statistics":
                    Replace("partition-statistics", "snapshot-id", update["partition-statistics"]!["snapshot-id"]!, update["partition-statistics"]!);
                    break;
                case "remove-partition-statistics":
                    Replace("partition-statistics", "snapshot-id", update["snapshot-id"]!, null);
                    break;
                case "add-encryption-key":
                    Replace("encryption-keys", "key-id", update["encryption-key"]!["key-id"]!, update["encryption-key"]!);
                    break;
                case "remove-encryption-key":
                    Replace("encryption-keys", "key-id", update["key-id"]!, null);
                    break;
                case var unknown:
                    throw new ArgumentException($"there is no update '{unknown}'");
            }
        }

        to["last-updated-ms"] = Math.Max(nowMs, (long)to["last-updated-ms"]!);
        return to;

        int Add(string list, string id, JsonNode item)
        {
            if (to[list]!.AsArray().Any(i => (int)i![id]! == (int)item[id]!))
            {
                throw new ArgumentException($"{id} {item[id]} stands already");
            }

            to[list]!.AsArray().Add(item.DeepClone());
            return (int)item[id]!;
        }

        int Chosen(string list, string id, int given, int added)
        {
            var chosen = given == -1 ? added : given;
            return to[list]!.AsArray().Any(i => (int)i![id]! == chosen) ? chosen : throw new ArgumentException($"there is no {id} {chosen}");
        }

        void Replace(string list, string field, JsonNode id, JsonNode? item)
        {
            var items = (to[list] as JsonArray ?? []).Where(i => !JsonNode.DeepEquals(i![field], id)).Append(item).OfType<JsonNode>();
            to[list] = new JsonArray([.. items.Select(i => i.DeepClone())]);
        }
    }

    private static JsonObject Nothing() => new()
    {
        ["format-version"] = 1,
        ["location"] = "",
        ["last-sequence-number"] = 0,
        ["last-updated-ms"] = 0,
        ["last-column-id"] = 0,
        ["last-partition-id"] = 999,
        ["schemas"] = new JsonArray(),
        ["partition-specs"] = new JsonArray(),
        ["sort-orders"] = new JsonArray(),
        ["properties"] = new JsonObject(),
        ["current-snapshot-id"] = -1,
        ["refs"] = new JsonObject(),
        ["snapshots"] = new JsonArray(),
        ["snapshot-log"] = new JsonArray(),
        ["metadata-log"] = new JsonArray(),
    };

    private static string Unchanged(string? standing, string given) =>
        standing is null || Guid.Parse(standing) == Guid.Parse(given) ? given : throw new ArgumentException("a table's uuid is not changed");

    private static void AddSnapshot(JsonObject to, JsonNode snapshot)
    {
        var number = (long)snapshot["sequence-number"]!;
        if (number <= (long)to["last-sequence-number"]! || to["snapshots"]!.AsArray().Any(s => (long)s!["snapshot-id"]! == (long)snapshot["snapshot-id"]!))
        {
            throw new ArgumentException($"snapshot {snapshot["snapshot-id"]} with sequence number {number} cannot be added");
        }

        to["last-sequence-number"] = number;
        to["snapshots"]!.AsArray().Add(snapshot.DeepClone());
    }

    private static void SetRef(JsonObject to, JsonObject update, long nowMs)
    {
        var id = (long)update["snapshot-id"]!;
        if (!to["snapshots"]!.AsArray().Any(s => (long)s!["snapshot-id"]! == id))
        {
            throw new ArgumentException($"there is no snapshot {id}");
        }

        var name = (string)update["ref-name"]!;
        to["refs"]![name] = new JsonObject(update.Where(f => f.Key is not ("action" or "ref-name")).Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone())));
        if (name == "main")
        {
            to["current-snapshot-id"] = id;
            to["snapshot-log"]!.AsArray().Add(new JsonObject { ["timestamp-ms"] = nowMs, ["snapshot-id"] = id });
        }
    }

    private static void Remove(JsonObject to, string list, string field, JsonNode ids)
    {
        var removed = ids.AsArray().Select(id => (long)id!).ToHashSet();
        to[list] = new JsonArray([.. to[list]!.AsArray().Where(i => !removed.Contains((long)i![field]!)).Select(i => i!.DeepClone())]);
        foreach (var (name, reference) in list == "snapshots" ? to["refs"]!.AsObject().ToList() : [])
        {
            if (removed.Contains((long)reference!["snapshot-id"]!))
            {
                throw new ArgumentException($"'{name}' points to a snapshot that is removed");
            }
        }
    }

    private static IEnumerable<int> FieldIds(JsonNode node) => node switch
    {
        JsonObject o => o.Where(m => m.Key is "id" or "element-id" or "key-id" or "value-id").Select(m => (int)m.Value!)
            .Concat(o.Where(m => m.Value is JsonObject or JsonArray && !m.Key.EndsWith("default", StringComparison.Ordinal)).SelectMany(m => FieldIds(m.Value!))),
        JsonArray a => a.OfType<JsonNode>().SelectMany(FieldIds),
        _ => [],
    };
}
