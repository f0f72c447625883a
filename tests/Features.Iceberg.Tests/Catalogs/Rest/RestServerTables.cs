using System.Text.Json.Nodes;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>The namespaces and tables of a REST server in memory, and its verbs as the specification has them; metadata files lie in a folder.</summary>
internal sealed class RestServerTables(string warehouse, IObjectStore storage)
{
    private const char Separator = '\u001f';

    private readonly SortedDictionary<string, JsonObject> namespaces = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Namespace, string Name), (string File, JsonObject Metadata)> tables = [];

    /// <summary>Most items of a page; null for all.</summary>
    public int? PageSize { get; set; }

    /// <summary>Refuses a namespace whose levels above it are missing.</summary>
    public bool WantsParents { get; set; }

    /// <summary>What <c>config</c> of a loaded table holds.</summary>
    public JsonObject TableConfig { get; } = [];

    public JsonArray StorageCredentials { get; } = [];

    /// <summary>Removes the files of a table that is dropped with them; null refuses to.</summary>
    public Func<Table, Task>? Purge { get; set; }

    /// <param name="path">The parts of the path after the prefix, decoded.</param>
    /// <param name="method">The method.</param>
    /// <param name="query">The query, decoded.</param>
    /// <param name="body">The body, or null.</param>
    public async Task<(int Status, JsonNode? Body)> HandleAsync(string method, string[] path, IReadOnlyDictionary<string, string> query, JsonNode? body)
    {
        try
        {
            return (method, path) switch
            {
                ("GET", ["namespaces"]) => ListNamespaces(query),
                ("POST", ["namespaces"]) => CreateNamespace(body!),
                ("GET", ["namespaces", var ns]) => (200, new JsonObject { ["namespace"] = Levels(ns), ["properties"] = Properties(ns).DeepClone() }),
                ("DELETE", ["namespaces", var ns]) => DropNamespace(ns),
                ("POST", ["namespaces", var ns, "properties"]) => UpdateNamespace(ns, body!),
                ("GET", ["namespaces", var ns, "tables"]) => ListTables(ns, query),
                ("POST", ["namespaces", var ns, "tables"]) => await CreateTableAsync(ns, body!),
                ("POST", ["namespaces", var ns, "register"]) => await RegisterAsync(ns, body!),
                ("GET", ["namespaces", var ns, "tables", var name]) => (200, Loaded(Find(ns, name), query.GetValueOrDefault("snapshots") == "refs")),
                ("HEAD", ["namespaces", var ns, "tables", var name]) => (tables.ContainsKey((ns, name)) ? 204 : 404, null),
                ("POST", ["namespaces", var ns, "tables", var name]) => await CommitAsync(ns, name, body!),
                ("DELETE", ["namespaces", var ns, "tables", var name]) => await DropTableAsync(ns, name, query["purgeRequested"] == "true"),
                ("POST", ["tables", "rename"]) => Rename(body!["source"]!, body["destination"]!),
                _ => throw new Refusal(400, "BadRequestException", $"there is no {method} {string.Join('/', path)}"),
            };
        }
        catch (Refusal refusal)
        {
            return (refusal.Status, refusal.Body);
        }
        catch (Exception fault) when (fault is InvalidOperationException or NullReferenceException or FormatException or KeyNotFoundException)
        {
            return (500, RestServer.Error(500, "InternalServerError", fault.ToString()));
        }
    }

    private static JsonArray Levels(string name) => new([.. name.Split(Separator).Select(level => (JsonNode)level)]);

    private static string NameOf(JsonNode levels) => string.Join(Separator, levels.AsArray().Select(level => (string)level!));

    private JsonObject Properties(string name) => namespaces.GetValueOrDefault(name) ?? throw Refusal.NoNamespace(name);

    private (string File, JsonObject Metadata) Find(string name, string table) => tables.TryGetValue((name, table), out var found)
        ? found
        : throw (namespaces.ContainsKey(name) ? new Refusal(404, "NoSuchTableException", $"there is no table {table}") : Refusal.NoNamespace(name));

    private (int Status, JsonNode? Body) ListNamespaces(IReadOnlyDictionary<string, string> query)
    {
        var parent = query.GetValueOrDefault("parent");
        var prefix = parent is null ? "" : parent + Separator;
        // As the reference implementation does it, a level that was not created by itself is listed for those below it.
        var found = namespaces.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => prefix + n[prefix.Length..].Split(Separator)[0]).Distinct().ToList();
        if (parent is not null && found.Count == 0)
        {
            Properties(parent);
        }

        return Page("namespaces", found.Select(n => (JsonNode)Levels(n)), query);
    }

    private (int Status, JsonNode? Body) ListTables(string name, IReadOnlyDictionary<string, string> query)
    {
        Properties(name);
        return Page("identifiers", tables.Keys.Where(t => t.Namespace == name).Select(t => (JsonNode)new JsonObject { ["namespace"] = Levels(name), ["name"] = t.Name }), query);
    }

    private (int Status, JsonNode? Body) Page(string field, IEnumerable<JsonNode> items, IReadOnlyDictionary<string, string> query)
    {
        var all = items.ToList();
        var start = query.GetValueOrDefault("pageToken") is { Length: > 0 } token ? int.Parse(token[1..], System.Globalization.CultureInfo.InvariantCulture) : 0;
        var end = Math.Min(all.Count, start + (PageSize ?? all.Count));
        var next = end < all.Count ? $"+{end}" : null;
        return (200, new JsonObject { [field] = new JsonArray([.. all[start..end]]), ["next-page-token"] = next });
    }

    private (int Status, JsonNode? Body) CreateNamespace(JsonNode body)
    {
        var name = NameOf(body["namespace"]!);
        if (WantsParents && name.LastIndexOf(Separator) is var last and > 0)
        {
            Properties(name[..last]);
        }

        return namespaces.TryAdd(name, body["properties"]!.DeepClone().AsObject()) ? (200, body.DeepClone()) : throw new Refusal(409, "AlreadyExistsException", $"namespace {name} exists");
    }

    private (int Status, JsonNode? Body) UpdateNamespace(string name, JsonNode body)
    {
        var properties = Properties(name);
        foreach (var key in body["removals"]!.AsArray())
        {
            properties.Remove((string)key!);
        }

        foreach (var (key, value) in body["updates"]!.AsObject())
        {
            properties[key] = (string)value!;
        }

        return (200, new JsonObject { ["updated"] = new JsonArray(), ["removed"] = new JsonArray() });
    }

    private (int Status, JsonNode? Body) DropNamespace(string name)
    {
        Properties(name);
        if (tables.Keys.Any(t => t.Namespace == name) || namespaces.Keys.Any(n => n.StartsWith(name + Separator, StringComparison.Ordinal)))
        {
            throw new Refusal(409, "NamespaceNotEmptyException", $"namespace {name} is not empty");
        }

        namespaces.Remove(name);
        return (204, null);
    }

    private async Task<(int Status, JsonNode? Body)> CreateTableAsync(string ns, JsonNode body)
    {
        Properties(ns);
        var name = (string)body["name"]!;
        CheckFree(ns, name);
        var updates = new JsonArray(
            new JsonObject { ["action"] = "assign-uuid", ["uuid"] = Guid.NewGuid().ToString() },
            new JsonObject { ["action"] = "upgrade-format-version", ["format-version"] = 2 },
            new JsonObject { ["action"] = "set-location", ["location"] = (string?)body["location"] ?? $"{warehouse}/{ns.Replace(Separator, '.')}/{name}" },
            new JsonObject { ["action"] = "add-schema", ["schema"] = body["schema"]!.DeepClone() },
            new JsonObject { ["action"] = "set-current-schema", ["schema-id"] = -1 },
            new JsonObject { ["action"] = "add-spec", ["spec"] = body["partition-spec"]!.DeepClone() },
            new JsonObject { ["action"] = "set-default-spec", ["spec-id"] = -1 },
            new JsonObject { ["action"] = "add-sort-order", ["sort-order"] = body["write-order"]!.DeepClone() },
            new JsonObject { ["action"] = "set-default-sort-order", ["sort-order-id"] = -1 },
            new JsonObject { ["action"] = "set-properties", ["updates"] = body["properties"]!.DeepClone() });
        var metadata = MetadataApplication.Apply(null, updates, 1);
        return (bool?)body["stage-create"] == true
            ? (200, new JsonObject { ["metadata"] = metadata, ["config"] = TableConfig.DeepClone() })
            : (200, Loaded(await KeepAsync(ns, name, metadata, null)));
    }

    private async Task<(int Status, JsonNode? Body)> RegisterAsync(string ns, JsonNode body)
    {
        Properties(ns);
        var name = (string)body["name"]!;
        CheckFree(ns, name);
        var file = (string)body["metadata-location"]!;
        if (await storage.StatAsync(file, default) is null)
        {
            throw new Refusal(400, "BadRequestException", $"there is no file {file}");
        }

        var metadata = JsonNode.Parse(TableMetadataJson.Write(await TableMetadataJson.ReadAsync(storage, file, default)))!.AsObject();
        return (200, Loaded(tables[(ns, name)] = (file, metadata)));
    }

    private async Task<(int Status, JsonNode? Body)> CommitAsync(string ns, string name, JsonNode body)
    {
        var requirements = body["requirements"]!.AsArray();
        var creates = requirements.Any(r => (string)r!["type"]! == "assert-create");
        var standing = creates && !tables.ContainsKey((ns, name)) ? ((string File, JsonObject Metadata)?)null : Find(ns, name);
        if (MetadataApplication.Unmet(standing?.Metadata, requirements) is { } unmet)
        {
            throw new Refusal(409, "CommitFailedException", unmet);
        }

        try
        {
            return (200, Loaded(await KeepAsync(ns, name, MetadataApplication.Apply(standing?.Metadata, body["updates"]!.AsArray(), 1), standing)));
        }
        catch (Exception fault) when (fault is ArgumentException or IcebergException)
        {
            throw new Refusal(400, "BadRequestException", fault.Message);
        }
    }

    private async Task<(int Status, JsonNode? Body)> DropTableAsync(string ns, string name, bool purges)
    {
        var (file, metadata) = Find(ns, name);
        var purge = !purges ? null : Purge ?? throw new Refusal(400, "BadRequestException", "this catalog does not purge");
        tables.Remove((ns, name));
        await (purge?.Invoke(new Table(name, null, Read(metadata), file, storage, null)) ?? Task.CompletedTask);

        return (204, null);
    }

    private (int Status, JsonNode? Body) Rename(JsonNode source, JsonNode destination)
    {
        var (from, to) = ((NameOf(source["namespace"]!), (string)source["name"]!), (NameOf(destination["namespace"]!), (string)destination["name"]!));
        var table = Find(from.Item1, from.Item2);
        Properties(to.Item1);
        CheckFree(to.Item1, to.Item2);
        tables.Remove(from);
        tables[to] = table;
        return (204, null);
    }

    private void CheckFree(string ns, string name)
    {
        if (tables.ContainsKey((ns, name)))
        {
            throw new Refusal(409, "AlreadyExistsException", $"table {name} exists");
        }
    }

    private async Task<(string File, JsonObject Metadata)> KeepAsync(string ns, string name, JsonObject metadata, (string File, JsonObject Metadata)? previous)
    {
        if (previous is { } standing)
        {
            metadata["metadata-log"]!.AsArray().Add(new JsonObject { ["timestamp-ms"] = (long)standing.Metadata["last-updated-ms"]!, ["metadata-file"] = standing.File });
        }

        var read = Read(metadata);
        var file = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{read.Location}/metadata/{(previous is null ? 0 : read.MetadataLog.Count):D5}-{Guid.NewGuid()}.metadata.json");
        await TableMetadataJson.WriteAsync(storage, file, read, default);
        return tables[(ns, name)] = (file, JsonNode.Parse(metadata.ToJsonString())!.AsObject());
    }

    private JsonObject Loaded((string File, JsonObject Metadata) table, bool onlyRefs = false)
    {
        var metadata = table.Metadata.DeepClone().AsObject();
        if (onlyRefs)
        {
            var kept = metadata["refs"]!.AsObject().Select(r => (long)r.Value!["snapshot-id"]!).ToHashSet();
            metadata["snapshots"] = new JsonArray([.. metadata["snapshots"]!.AsArray().Where(s => kept.Contains((long)s!["snapshot-id"]!)).Select(s => s!.DeepClone())]);
        }

        return new JsonObject { ["metadata-location"] = table.File, ["metadata"] = metadata, ["config"] = TableConfig.DeepClone(), ["storage-credentials"] = StorageCredentials.DeepClone() };
    }

    private static TableMetadata Read(JsonObject metadata) => TableMetadataJson.Read(System.Text.Encoding.UTF8.GetBytes(metadata.ToJsonString()), "the server's metadata");

#pragma warning disable CA1064 // It never leaves this class.
    private sealed class Refusal(int status, string type, string message) : Exception(message)
    {
        public int Status => status;

        public JsonObject Body => RestServer.Error(status, type, Message);

        public static Refusal NoNamespace(string name) => new(404, "NoSuchNamespaceException", $"there is no namespace {name}");
    }
#pragma warning restore CA1064
}
