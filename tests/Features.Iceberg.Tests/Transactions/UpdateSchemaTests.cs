using System.Text.Json.Nodes;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

public sealed class UpdateSchemaTests : IDisposable
{
    private static readonly PrimitiveType Int = new(PrimitiveKind.Int), Long = new(PrimitiveKind.Long), Text = new(PrimitiveKind.String);

    private static readonly Schema Nested = new(
        0,
        [
            new(1, "id", Int, true),
            new(2, "name", Text, false),
            new(3, "place", new StructType([new(4, "x", new PrimitiveType(PrimitiveKind.Float), false), new(5, "y", new PrimitiveType(PrimitiveKind.Float), false)]), false),
            new(6, "points", new ListType(7, new StructType([new(8, "at", new PrimitiveType(PrimitiveKind.Decimal, 9, 2), false)]), false), false),
            new(9, "counts", new MapType(10, Text, 11, Int, true), false),
        ],
        [1]);

    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Changes_OfEveryKind_AreAppliedTogether()
    {
        var table = await warehouse.CreateAsync("ns.t", Nested);
        Assert.Equal(11, table.Metadata.LastColumnId);
        var changed = await ChangeAsync(table, new UpdateSchema()
            .AddColumn("added", new StructType([new(0, "a", Int, false), new(0, "b", new ListType(0, Text, false), false)]), "new")
            .AddColumn("place", "z", Text)
            .AddColumn("points", "label", Text)
            .RenameColumn("place.x", "y").RenameColumn("place.y", "x")
            .DropColumn("name")
            .WidenColumn("id", Long)
            .WidenColumn("points.at", new PrimitiveType(PrimitiveKind.Decimal, 12, 2))
            .WidenColumn("counts.value", Long).MakeOptional("counts.value")
            .SetDoc("counts", "how often")
            .MoveFirst("added").MoveAfter("place.z", "place.x").MoveBefore("points", "place"));

        Assert.Equal(
            "struct<12: added: optional struct<13: a: optional int, 14: b: optional list<string>>, 1: id: required long, "
            + "4: points: optional list<struct<9: at: optional decimal(12, 2), 17: label: optional string>>, "
            + "3: place: optional struct<6: y: optional float, 16: z: optional string, 7: x: optional float>, 5: counts: optional map<string, long>>",
            SchemaJson.NameOf(new StructType(changed.Metadata.CurrentSchema.Fields)));
    }

    [Fact]
    public async Task Schema_ThatStoodBefore_IsTakenAgain()
    {
        var table = await warehouse.CreateAsync("ns.t", Nested);
        var renamed = await ChangeAsync(table, new UpdateSchema().RenameColumn("name", "title"));
        Assert.Equal((1, 2), (renamed.Metadata.CurrentSchemaId, renamed.Metadata.Schemas.Count));
        var back = await ChangeAsync(renamed, new UpdateSchema().RenameColumn("title", "name"));
        Assert.Equal((0, 2), (back.Metadata.CurrentSchemaId, back.Metadata.Schemas.Count));
        Assert.False((await back.NewTransaction().Add(new UpdateSchema().RenameColumn("name", "name")).CommitAsync(default)).Changed);
        // A column that was dropped comes back as another one.
        var dropped = await ChangeAsync(back, new UpdateSchema().DropColumn("name"));
        var again = await ChangeAsync(dropped, new UpdateSchema().AddColumn("name", Text));
        Assert.Equal(12, again.Metadata.CurrentSchema.Find("name")!.Id);
        Assert.Equal(12, again.Metadata.LastColumnId);
    }

    [Fact]
    public async Task Column_DroppedAndAddedAtOnce_IsANewOne()
    {
        var table = await ChangeAsync(await warehouse.CreateAsync("ns.t", Nested), new UpdateSchema().DropColumn("name").AddColumn("name", Int));
        Assert.Equal(new NestedField(12, "name", Int, false), table.Metadata.CurrentSchema.Find("name"));
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "add exists", "column 'name' exists already" },
        { "add required", "version 2 has no defaults" },
        { "add to primitive", "which takes no columns" },
        { "add version 3", "type timestamp_ns, which version 2 does not have" },
        { "rename to another", "two columns are named 'id'" },
        { "rename unknown", "there is no column 'nmae'" },
        { "drop and rename", "dropped and changed at once" },
        { "rename and drop", "changed and dropped at once" },
        { "drop and add below", "dropped but gets new columns at once" },
        { "drop element", "cannot be dropped; drop the column that holds it" },
        { "drop identifier", "identifier field 1 would be gone" },
        { "drop all of a struct", "'place' would have no column left" },
        { "narrow", "'id' cannot become string" },
        { "rescale", "'points.element.at' cannot become decimal(12, 3)" },
        { "require", "cannot become required" },
        { "identifier optional", "must be a required column" },
        { "change key", "the keys of 'counts' cannot be changed" },
        { "move across", "lies in another struct" },
        { "move beside itself", "beside itself" },
        { "drop a partition source", "partition field 'name' needs the dropped column 'name'" },
        { "take a partition's name", "column 'name' would have the name of a partition field" },
        { "drop a sort source", "sort field 1 (identity) needs the dropped column 'counted'" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Changes_ThatContradict_AreRefused(string change, string message)
    {
        var schema = Nested with { Fields = [.. Nested.Fields, new(12, "counted", Int, false)] };
        var table = await warehouse.Catalog.CreateTableAsync(
            TableIdentifier.TryParse("ns.t")!,
            new(schema, new PartitionSpec(0, [new(2, 1000, "name", Transform.Identity)]), new SortOrder(1, [new(12, Transform.Identity, false, true)]), new Dictionary<string, string>()),
            default);
        var update = change switch
        {
            "add exists" => new UpdateSchema().AddColumn("name", Int),
            "add required" => new UpdateSchema().AddColumn(null, "n", Int, required: true),
            "add to primitive" => new UpdateSchema().AddColumn("id", "n", Int),
            "add version 3" => new UpdateSchema().AddColumn("n", new ListType(0, new PrimitiveType(PrimitiveKind.TimestampNs), false)),
            "rename to another" => new UpdateSchema().RenameColumn("place", "id"),
            "rename unknown" => new UpdateSchema().RenameColumn("nmae", "n"),
            "drop and rename" => new UpdateSchema().DropColumn("place").RenameColumn("place", "p"),
            "rename and drop" => new UpdateSchema().RenameColumn("place", "p").DropColumn("place"),
            "drop and add below" => new UpdateSchema().AddColumn("place", "z", Int).DropColumn("place"),
            "drop element" => new UpdateSchema().DropColumn("points.element"),
            "drop identifier" => new UpdateSchema().DropColumn("id"),
            "drop all of a struct" => new UpdateSchema().DropColumn("place.x").DropColumn("place.y"),
            "narrow" => new UpdateSchema().WidenColumn("id", Text),
            "rescale" => new UpdateSchema().WidenColumn("points.element.at", new PrimitiveType(PrimitiveKind.Decimal, 12, 3)),
            "require" => new UpdateSchema().MakeRequired("place"),
            "identifier optional" => new UpdateSchema().MakeOptional("id"),
            "change key" => new UpdateSchema { AllowIncompatible = true }.SetDoc("place", "d").MakeOptional("counts.key"),
            "move across" => new UpdateSchema().MoveBefore("place.x", "id"),
            "move beside itself" => new UpdateSchema().MoveAfter("id", "id"),
            "take a partition's name" => new UpdateSchema().RenameColumn("name", "counts").RenameColumn("counts", "name"),
            "drop a partition source" => new UpdateSchema().DropColumn("name"),
            _ => new UpdateSchema().DropColumn("counted"),
        };
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => table.NewTransaction().Add(update).CommitAsync(default));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Identifier_CanBeReplacedAndThenDropped()
    {
        var table = await warehouse.CreateAsync("ns.t", Nested);
        table = await ChangeAsync(table, new UpdateSchema { AllowIncompatible = true }.AddColumn(null, "key", Text, required: true).SetIdentifierFields("key").DropColumn("id"));
        Assert.Equal([12], table.Metadata.CurrentSchema.IdentifierFieldIds);
        Assert.Null(table.Metadata.CurrentSchema.Find("id"));
        table = await ChangeAsync(table, new UpdateSchema().SetIdentifierFields());
        Assert.Empty(table.Metadata.CurrentSchema.IdentifierFieldIds);
    }

    [Fact]
    public async Task Case_IsIgnoredWhereAskedFor()
    {
        var table = await warehouse.CreateAsync("ns.t", Nested);
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => ChangeAsync(table, new UpdateSchema().DropColumn("NAME")));
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => ChangeAsync(table, new UpdateSchema { CaseSensitive = false }.AddColumn("NAME", Int)));
        Assert.Null((await ChangeAsync(table, new UpdateSchema { CaseSensitive = false }.DropColumn("NAME"))).Metadata.CurrentSchema.Find("name"));
    }

    [Fact]
    public async Task Union_AddsAndWidensWhatTheOtherNeeds()
    {
        var table = await warehouse.CreateAsync("ns.t", Nested);
        var other = new Schema(
            9,
            [
                new(50, "more", Text, true),
                new(51, "id", Long, false),
                new(52, "place", new StructType([new(53, "y", new PrimitiveType(PrimitiveKind.Double), false), new(54, "w", Text, false)]), false, "where"),
                new(55, "points", new ListType(56, new StructType([new(57, "at", new PrimitiveType(PrimitiveKind.Decimal, 5, 2), false), new(58, "n", Int, false)]), false), false),
            ],
            []);
        table = await ChangeAsync(table, new UpdateSchema().SetIdentifierFields());
        table = await ChangeAsync(table, new UpdateSchema().UnionByName(other));
        Assert.Equal(
            "struct<1: id: optional long, 2: name: optional string, 3: place: optional struct<6: x: optional float, 7: y: optional double, 13: w: optional string>, "
            + "4: points: optional list<struct<9: at: optional decimal(9, 2), 14: n: optional int>>, 5: counts: optional map<string, int>, 12: more: optional string>",
            SchemaJson.NameOf(new StructType(table.Metadata.CurrentSchema.Fields)));
        Assert.Equal("where", table.Metadata.CurrentSchema.Find("place")!.Doc);
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => ChangeAsync(table, new UpdateSchema().UnionByName(new Schema(0, [new(1, "place", Int, false)], []))));
        Assert.False((await table.NewTransaction().Add(new UpdateSchema().UnionByName(other)).CommitAsync(default)).Changed);
    }

    [Fact]
    public async Task NameMappingAndColumnProperties_FollowTheColumns()
    {
        var mapping = """[{"field-id":1,"names":["id"]},{"field-id":2,"names":["name","nom"]},{"field-id":3,"names":["place"],"fields":[{"field-id":6,"names":["x"]},{"field-id":7,"names":["y"]}]}]""";
        var table = await warehouse.CreateAsync("ns.t", Nested, properties: new()
        {
            ["schema.name-mapping.default"] = mapping,
            ["write.metadata.metrics.column.name"] = "none",
            ["write.metadata.metrics.column.place.x"] = "full",
            ["write.metadata.metrics.default"] = "counts",
        });
        table = await ChangeAsync(table, new UpdateSchema().RenameColumn("place", "spot").AddColumn("nom", Int).AddColumn("place", "z", Int).DropColumn("name"));
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""
                [{"field-id":1,"names":["id"]},{"field-id":2,"names":["name"]},
                 {"field-id":3,"names":["place","spot"],"fields":[{"field-id":6,"names":["x"]},{"field-id":7,"names":["y"]},{"field-id":13,"names":["z"]}]},
                 {"field-id":12,"names":["nom"]}]
                """),
            JsonNode.Parse(table.Metadata.Properties["schema.name-mapping.default"])), table.Metadata.Properties["schema.name-mapping.default"]);
        Assert.Equal(
            ["write.metadata.metrics.column.spot.x", "write.metadata.metrics.default"], table.Metadata.Properties.Keys.Where(k => k.StartsWith("write.metadata.metrics", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task Rows_WrittenBefore_AreReadUnderTheNewSchema()
    {
        var table = await warehouse.AppendAsync(await warehouse.CreateAsync("ns.t", Warehouse.Flights), [0L, "JFK", 1]);
        table = await ChangeAsync(table, new UpdateSchema().RenameColumn("origin", "delay").RenameColumn("delay", "origin").WidenColumn("delay", Long).AddColumn("late", Int).MoveFirst("late"));
        table = await warehouse.AppendAsync(table, [7, 1L, "LAX", 1L << 40]);
        Assert.Equal(["(∅,0,'JFK',1)", $"(7,1,'LAX',{1L << 40})"], await Warehouse.LinesAsync(table.NewScan()));
    }

    private static async Task<Table> ChangeAsync(Table table, UpdateSchema update)
    {
        var result = await table.NewTransaction().Add(update).CommitAsync(default);
        Assert.True(result.Changed);
        return result.Table;
    }
}
