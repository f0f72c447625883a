using Features.Iceberg.Conformance;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Written;

/// <summary>Tables of every type and transform, written by the library, held to the specification. What an ingest writes is held to it by the server's tests.</summary>
public sealed class WrittenTableTests : IDisposable
{
    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task DayPartitionedTable_OfSeveralCommits_HoldsToTheSpecification()
    {
        var schema = Warehouse.Flights with { IdentifierFieldIds = [1] };
        var table = await warehouse.CreateAsync("flights.departures", schema, Warehouse.ByDay);
        table = await warehouse.AppendAsync(table, [0L, "JFK", 1], [1L, "a name of more than sixteen letters", null], [86_400_000_000L, null, 3]);
        table = (await table.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { ["owner"] = "ops" })).CommitAsync(default)).Table;
        table = (await table.NewTransaction().Add(new SetSnapshotRef("v1", new SnapshotRef(table.Metadata.CurrentSnapshotId!.Value, IsBranch: false))).CommitAsync(default)).Table;
        table = await warehouse.AppendAsync(table, [-1L, "\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF", 4]);

        Assert.Equal(3, WrittenTable.Check(table.MetadataLocation));
    }

    [Fact]
    public async Task Table_OfEveryTypeOfVersion2_HoldsToTheSpecification()
    {
        var schema = AnyTable.OfAllPrimitives with { Fields = [.. AnyTable.OfAllPrimitives.Fields.Where(f => f.Type is not PrimitiveType { Kind: PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs })] };
        var random = new Random(1);
        var table = await warehouse.CreateAsync("ns.all", schema);
        foreach (var count in new[] { 1, 50, 200 })
        {
            table = await warehouse.AppendAsync(table, [.. Enumerable.Range(0, count).Select(_ => schema.Fields.Select(f => AnyTable.Value(random, f.Type, f.Required)).ToArray())]);
        }

        Assert.Equal(3, WrittenTable.Check(table.MetadataLocation));
    }

    [Fact]
    public async Task Table_OfNestedColumnsAndManyRows_HoldsToTheSpecification()
    {
        var text = new PrimitiveType(PrimitiveKind.String);
        var schema = new Schema(
            0,
            [
                new(1, "id", new PrimitiveType(PrimitiveKind.Long), true),
                new(2, "list", new ListType(3, new PrimitiveType(PrimitiveKind.Double), false), false),
                new(4, "map", new MapType(5, text, 6, new StructType([new(7, "inner", new PrimitiveType(PrimitiveKind.Float), false)]), false), false),
                new(8, "struct", new StructType([new(9, "x", text, true), new(10, "deep", new StructType([new(11, "y", new PrimitiveType(PrimitiveKind.Date), false)]), false)]), false),
            ],
            []);
        var random = new Random(2);
        var table = await warehouse.CreateAsync("ns.nested", schema, new PartitionSpec(0, [new(1, 1000, "id_bucket", new Transform(TransformKind.Bucket, 2)), new(9, 1001, "x", Transform.Identity)]));
        table = await warehouse.AppendAsync(table, [.. Enumerable.Range(0, 60).Select(_ => schema.Fields.Select(f => AnyTable.Value(random, f.Type, f.Required)).ToArray())]);
        Assert.True(WrittenTable.Check(table.MetadataLocation) > 2);

        var wide = await warehouse.CreateAsync("ns.rows", Warehouse.Flights);
        wide = await warehouse.AppendAsync(wide, [.. Enumerable.Range(0, 130_000).Select(i => new object?[] { (long)i, $"{i % 1000}", i })]);
        Assert.Equal(1, WrittenTable.Check(wide.MetadataLocation));
    }
}
