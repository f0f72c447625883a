using System.Globalization;
using System.Text.Json.Nodes;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>The updates between two versions of a table's metadata, in an order in which each can be applied: what is added, then what refers to it, then what is removed.</summary>
internal static class MetadataDifference
{
    private const string Statistics = "statistics", PartitionStatistics = "partition-statistics", EncryptionKeys = "encryption-keys";

    /// <exception cref="UnsupportedFeatureException">No update says the change.</exception>
    public static IReadOnlyList<MetadataUpdate> Of(TableMetadata from, TableMetadata updated, string table)
    {
        CheckSayable(from, updated, table);
        var schemas = new ById<int, Schema>("schema", from.Schemas, updated.Schemas, s => s.SchemaId, MetadataChangesJson.Of, table);
        var specs = new ById<int, PartitionSpec>("partition spec", from.PartitionSpecs, updated.PartitionSpecs, s => s.SpecId, MetadataChangesJson.Of, table);
        var orders = new ById<int, SortOrder>("sort order", from.SortOrders, updated.SortOrders, o => o.OrderId, MetadataChangesJson.Of, table);
        var snapshots = new ById<long, Snapshot>("snapshot", from.Snapshots, updated.Snapshots, s => s.SnapshotId, MetadataChangesJson.Of, table);
        if (orders.Removed.Count > 0)
        {
            throw Unsayable($"removing sort order {orders.Removed[0]}", table);
        }

        return
        [
            .. If(updated.FormatVersion != from.FormatVersion, () => new MetadataUpdate.UpgradeFormatVersion(updated.FormatVersion)),
            .. If(updated.Location != from.Location, () => new MetadataUpdate.SetLocation(updated.Location)),
            .. Properties(from.Properties, updated.Properties),
            .. schemas.Added.Select(s => new MetadataUpdate.AddSchema(s, updated.LastColumnId)),
            .. If(updated.CurrentSchemaId != from.CurrentSchemaId, () => new MetadataUpdate.SetCurrentSchema(schemas.Named(updated.CurrentSchemaId))),
            .. specs.Added.Select(s => new MetadataUpdate.AddSpec(s)),
            .. If(updated.DefaultSpecId != from.DefaultSpecId, () => new MetadataUpdate.SetDefaultSpec(specs.Named(updated.DefaultSpecId))),
            .. orders.Added.Select(o => new MetadataUpdate.AddSortOrder(o)),
            .. If(updated.DefaultSortOrderId != from.DefaultSortOrderId, () => new MetadataUpdate.SetDefaultSortOrder(orders.Named(updated.DefaultSortOrderId))),
            .. Items(updated, EncryptionKeys).Where(k => !Holds(from, EncryptionKeys, k)).Select(k => new MetadataUpdate.AddEncryptionKey(k)),
            .. snapshots.Added.OrderBy(s => s.SequenceNumber).Select(s => new MetadataUpdate.AddSnapshot(s)),
            .. updated.Refs.Where(r => from.Refs.GetValueOrDefault(r.Key) != r.Value).Select(r => new MetadataUpdate.SetSnapshotRef(r.Key, r.Value)),
            .. from.Refs.Keys.Where(name => !updated.Refs.ContainsKey(name)).Select(name => new MetadataUpdate.RemoveSnapshotRef(name)),
            .. Gone(from, updated, Statistics, SnapshotOf).Select(id => new MetadataUpdate.RemoveStatistics(id)),
            .. Gone(from, updated, PartitionStatistics, SnapshotOf).Select(id => new MetadataUpdate.RemovePartitionStatistics(id)),
            .. Items(updated, Statistics).Where(f => !Holds(from, Statistics, f)).Select(f => new MetadataUpdate.SetStatistics(SnapshotOf(f), f)),
            .. Items(updated, PartitionStatistics).Where(f => !Holds(from, PartitionStatistics, f)).Select(f => new MetadataUpdate.SetPartitionStatistics(f)),
            .. If(snapshots.Removed.Count > 0, () => new MetadataUpdate.RemoveSnapshots(snapshots.Removed)),
            .. If(specs.Removed.Count > 0, () => new MetadataUpdate.RemovePartitionSpecs(specs.Removed)),
            .. If(schemas.Removed.Count > 0, () => new MetadataUpdate.RemoveSchemas(schemas.Removed)),
            .. Gone(from, updated, EncryptionKeys, KeyOf).Select(id => new MetadataUpdate.RemoveEncryptionKey(id)),
        ];
    }

    /// <summary>What a table is before all of its updates.</summary>
    public static TableMetadata Nothing(TableMetadata created) => created with
    {
        Schemas = [],
        CurrentSchemaId = MetadataUpdate.LastAdded,
        PartitionSpecs = [],
        DefaultSpecId = MetadataUpdate.LastAdded,
        SortOrders = [],
        DefaultSortOrderId = MetadataUpdate.LastAdded,
        Properties = new Dictionary<string, string>(),
        CurrentSnapshotId = null,
        Snapshots = [],
        Refs = new Dictionary<string, SnapshotRef>(),
        Unknown = new Dictionary<string, JsonNode?>(),
    };

    private static void CheckSayable(TableMetadata from, TableMetadata updated, string table)
    {
        if (updated.TableUuid != from.TableUuid)
        {
            throw new UnsupportedFeatureException("replacing a table by another in one step", table, "a REST catalog keeps a table's identity: drop it and create it anew, or overwrite its rows");
        }

        if (updated.FormatVersion < from.FormatVersion)
        {
            throw Unsayable(string.Create(CultureInfo.InvariantCulture, $"going back to format version {updated.FormatVersion}"), table);
        }

        var keys = from.Unknown.Keys.Union(updated.Unknown.Keys).Except([Statistics, PartitionStatistics, EncryptionKeys]);
        if (keys.FirstOrDefault(key => !JsonNode.DeepEquals(from.Unknown.GetValueOrDefault(key), updated.Unknown.GetValueOrDefault(key))) is { } changed)
        {
            throw Unsayable($"changing the metadata field '{changed}'", table);
        }
    }

    private static IEnumerable<MetadataUpdate> Properties(IReadOnlyDictionary<string, string> from, IReadOnlyDictionary<string, string> updated)
    {
        var set = updated.Where(p => from.GetValueOrDefault(p.Key) != p.Value).ToDictionary();
        string[] removed = [.. from.Keys.Where(key => !updated.ContainsKey(key))];
        return [.. If(set.Count > 0, () => new MetadataUpdate.SetProperties(set)), .. If(removed.Length > 0, () => new MetadataUpdate.RemoveProperties(removed))];
    }

    private static IEnumerable<MetadataUpdate> If(bool holds, Func<MetadataUpdate> update) => holds ? [update()] : [];

    private static IEnumerable<JsonNode> Items(TableMetadata metadata, string key) => (metadata.Unknown.GetValueOrDefault(key) as JsonArray ?? []).OfType<JsonNode>();

    private static bool Holds(TableMetadata metadata, string key, JsonNode item) => Items(metadata, key).Any(standing => JsonNode.DeepEquals(standing, item));

    private static IEnumerable<TId> Gone<TId>(TableMetadata from, TableMetadata updated, string key, Func<JsonNode, TId> idOf) =>
        Items(from, key).Select(idOf).Except(Items(updated, key).Select(idOf));

    private static long SnapshotOf(JsonNode file) => (long)file["snapshot-id"]!;

    private static string KeyOf(JsonNode key) => (string)key["key-id"]!;

    private static UnsupportedFeatureException Unsayable(string what, string table) =>
        new($"{what} through a REST catalog", table, "the REST specification has no update that says it");

    /// <summary>What was added to and removed from a list of things that have ids and never change.</summary>
    private sealed class ById<TId, T>
        where TId : struct
    {
        private readonly Func<T, TId> idOf;

        public ById(string kind, IReadOnlyList<T> from, IReadOnlyList<T> updated, Func<T, TId> idOf, Func<T, JsonNode> json, string table)
        {
            this.idOf = idOf;
            var standing = from.ToDictionary(idOf);
            Added = [.. updated.Where(item => !standing.ContainsKey(idOf(item)))];
            Removed = [.. standing.Keys.Except(updated.Select(idOf))];
            foreach (var item in updated)
            {
                if (standing.TryGetValue(idOf(item), out var before) && !ReferenceEquals(before, item) && !JsonNode.DeepEquals(json(before), json(item)))
                {
                    throw Unsayable($"changing {kind} {idOf(item)}", table);
                }
            }
        }

        public IReadOnlyList<T> Added { get; }

        public IReadOnlyList<TId> Removed { get; }

        /// <summary>The id as an update gives it: a catalog may give what is added another one.</summary>
        public int Named(TId id) => Added.Count > 0 && idOf(Added[^1]).Equals(id) ? MetadataUpdate.LastAdded : Convert.ToInt32(id, CultureInfo.InvariantCulture);
    }
}
