using System.Text.Json.Nodes;
using Features.Iceberg.Spec;
using Features.Iceberg.Tests.Spec;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>Random pairs of one table's metadata: a version, and a later one that random changes made of it.</summary>
internal static class Versions
{
    public static Gen<(TableMetadata From, TableMetadata To)> Any { get; } = Gen.Select(Schemas.Any, Gen.Int, Gen.Int[0, 12], Gen.Int[0, 12]).Select((schema, seed, before, after) =>
    {
        var random = new Random(seed);
        var from = Changed(First(schema), random, before);
        var to = Changed(from, random, after);
        // What came and went between the two has left no trace that a commit could tell.
        return (from, to with
        {
            LastColumnId = to.Schemas.SelectMany(s => s.AllFields()).Select(f => f.Id).Append(from.LastColumnId).Max(),
            LastPartitionId = to.PartitionSpecs.SelectMany(s => s.Fields).Select(f => f.FieldId).Append(from.LastPartitionId).Max(),
            LastSequenceNumber = to.Snapshots.Select(s => s.SequenceNumber).Append(from.LastSequenceNumber).Max(),
        });
    });

    private static TableMetadata First(Schema schema)
    {
        // Version 2 has no such types.
        var fields = schema.Fields.Where(f => f.Type is PrimitiveType { Kind: PrimitiveKind.Int or PrimitiveKind.String or PrimitiveKind.Long }).Append(new NestedField(1000, "always", new PrimitiveType(PrimitiveKind.Int), false)).ToList();
        return new TableMetadata
        {
            FormatVersion = 2,
            TableUuid = Guid.Parse("f79c3e09-677c-4bbd-a479-3f349cb785e7"),
            Location = "s3://b/t",
            LastUpdatedMs = 1,
            LastColumnId = 1000,
            Schemas = [new Schema(0, fields, [])],
            CurrentSchemaId = 0,
            PartitionSpecs = [PartitionSpec.Unpartitioned],
            DefaultSpecId = 0,
            LastPartitionId = 999,
        };
    }

    private static TableMetadata Changed(TableMetadata metadata, Random random, int changes)
    {
        for (var i = 0; i < changes; i++)
        {
            metadata = Change(metadata, random);
        }

        return metadata;
    }

    private static TableMetadata Change(TableMetadata m, Random random)
    {
        switch (random.Next(14))
        {
            case 0:
                return m with { Properties = With(m.Properties, $"p{random.Next(4)}", $"v \"{random.Next(3)}\" é") };
            case 1:
                return m with { Properties = m.Properties.Where(p => p.Key != $"p{random.Next(4)}").ToDictionary() };
            case 2:
                return m with { Location = $"s3://b/t{random.Next(3)}" };
            case 3:
                var id = m.LastColumnId + 1;
                var schema = m.CurrentSchema with { SchemaId = id, Fields = [.. m.CurrentSchema.Fields, new NestedField(id, $"c{id}", new ListType(id + 1, new PrimitiveType(PrimitiveKind.Long), true), false)] };
                return m with { Schemas = [.. m.Schemas, schema], CurrentSchemaId = random.Next(4) == 0 ? m.CurrentSchemaId : schema.SchemaId, LastColumnId = id + 1 };
            case 4:
                return m with { CurrentSchemaId = Pick(m.Schemas, random).SchemaId };
            case 5:
                var field = m.LastPartitionId + 1;
                var spec = new PartitionSpec(field, [new PartitionField(1000, field, $"x{field}", new Transform(TransformKind.Bucket, 4))]);
                return m with { PartitionSpecs = [.. m.PartitionSpecs, spec], DefaultSpecId = random.Next(4) == 0 ? m.DefaultSpecId : spec.SpecId, LastPartitionId = field };
            case 6:
                return m with { DefaultSpecId = Pick(m.PartitionSpecs, random).SpecId };
            case 7:
                var order = new SortOrder(m.SortOrders.Max(o => o.OrderId) + 1, [new SortField(1000, Transform.Identity, random.Next(2) == 0, random.Next(2) == 0)]);
                return m with { SortOrders = [.. m.SortOrders, order], DefaultSortOrderId = order.OrderId };
            case 8 or 9:
                return Snapshot(m, random);
            case 10 when m.Snapshots.Count > 0:
                // A kind is kept: who changes a branch into a tag removes it first.
                var (name, isBranch) = random.Next(2) == 0 ? ("b", true) : ("t", false);
                return m with { Refs = With(m.Refs, name, new SnapshotRef(Pick(m.Snapshots, random).SnapshotId, isBranch, isBranch ? random.Next(1, 5) : null, null, random.Next(2) == 0 ? 1000 : null)) };
            case 11:
                return m with { Refs = m.Refs.Where(r => r.Key == "main" || random.Next(2) == 0).ToDictionary() };
            case 12:
                return Pruned(m);
            default:
                var statistics = m.Snapshots.Where(_ => random.Next(2) == 0).Select(s => (JsonNode)new JsonObject { ["snapshot-id"] = s.SnapshotId, ["statistics-path"] = $"s3://b/{random.Next(3)}.puffin" });
                return m with { Unknown = new Dictionary<string, JsonNode?> { [random.Next(2) == 0 ? "statistics" : "partition-statistics"] = new JsonArray([.. statistics]) } };
        }
    }

    private static TableMetadata Snapshot(TableMetadata m, Random random)
    {
        var snapshot = new Snapshot(random.NextInt64(), m.CurrentSnapshotId, m.LastSequenceNumber + 1, 1, $"s3://b/t/metadata/snap-{random.Next()}.avro", null, new Dictionary<string, string> { ["operation"] = "append" }, m.CurrentSchemaId);
        return m with
        {
            Snapshots = [.. m.Snapshots, snapshot],
            LastSequenceNumber = snapshot.SequenceNumber,
            CurrentSnapshotId = snapshot.SnapshotId,
            Refs = With(m.Refs, "main", new SnapshotRef(snapshot.SnapshotId, IsBranch: true)),
        };
    }

    /// <summary>Without the snapshots, schemas and specs that nothing points to.</summary>
    private static TableMetadata Pruned(TableMetadata m) => m with
    {
        Snapshots = [.. m.Snapshots.Where(s => m.Refs.Values.Any(r => r.SnapshotId == s.SnapshotId))],
        Schemas = [.. m.Schemas.Where(s => s.SchemaId == m.CurrentSchemaId)],
        PartitionSpecs = [.. m.PartitionSpecs.Where(s => s.SpecId == m.DefaultSpecId)],
        Unknown = new Dictionary<string, JsonNode?>(),
    };

    private static T Pick<T>(IReadOnlyList<T> items, Random random) => items[random.Next(items.Count)];

    private static Dictionary<string, T> With<T>(IReadOnlyDictionary<string, T> map, string key, T value) => new(map) { [key] = value };
}
