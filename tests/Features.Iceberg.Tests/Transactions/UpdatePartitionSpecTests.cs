using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

public sealed class UpdatePartitionSpecTests : IDisposable
{
    private static readonly Transform Day = new(TransformKind.Day), Hour = new(TransformKind.Hour), Bucket = new(TransformKind.Bucket, 16);

    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Fields_AreAddedRemovedAndRenamed()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights, Warehouse.ByDay);
        table = await ChangeAsync(table, new UpdatePartitionSpec().RemoveField("at", Day).AddField("at", Hour).AddField("origin", new Transform(TransformKind.Truncate, 3)).AddField("delay", Bucket, "shard"));
        Assert.Equal((1, 1003), (table.Metadata.DefaultSpecId, table.Metadata.LastPartitionId));
        Assert.Equal(
            [new(1, 1001, "at_hour", Hour), new(2, 1002, "origin_trunc_3", new Transform(TransformKind.Truncate, 3)), new(3, 1003, "shard", Bucket)], table.Metadata.DefaultSpec.Fields);
        table = await ChangeAsync(table, new UpdatePartitionSpec().RenameField("shard", "piece").RemoveField("at_hour"));
        Assert.Equal(["1002 origin_trunc_3", "1003 piece"], table.Metadata.DefaultSpec.Fields.Select(f => $"{f.FieldId} {f.Name}"));
    }

    [Fact]
    public async Task FieldsAndSpecs_ThatStoodBefore_ComeBackUnderTheirIds()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights, Warehouse.ByDay);
        var none = await ChangeAsync(table, new UpdatePartitionSpec().RemoveField("at_day"));
        Assert.Empty(none.Metadata.DefaultSpec.Fields);
        var back = await ChangeAsync(none, new UpdatePartitionSpec().AddField("at", Day));
        Assert.Equal((0, 2, 1000), (back.Metadata.DefaultSpecId, back.Metadata.PartitionSpecs.Count, back.Metadata.LastPartitionId));
        var both = await ChangeAsync(back, new UpdatePartitionSpec().RemoveField("at_day").AddField("delay", Bucket).AddField("at", Day));
        Assert.Equal([1000, 1001], both.Metadata.DefaultSpec.Fields.Select(f => f.FieldId));
        // Under another name it is another field.
        var without = await ChangeAsync(both, new UpdatePartitionSpec().RemoveField("at_day"));
        var named = await ChangeAsync(without, new UpdatePartitionSpec().AddField("at", Day, "on"));
        Assert.Equal(new PartitionField(1, 1002, "on", Day), named.Metadata.DefaultSpec.Fields[^1]);
        Assert.False((await named.NewTransaction().Add(new UpdatePartitionSpec()).CommitAsync(default)).Changed);
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "twice", "is day of 'at' already" },
        { "redundant", "are times of one column" },
        { "column's name", "'origin' has the name of a column" },
        { "unknown column", "there is no column 'att'" },
        { "unknown field", "there is no partition field 'hour'; the fields are at_day" },
        { "wrong type", "does not take string" },
        { "unknown transform", "there is no transform 'zorder'" },
        { "list", "of which a row may hold many values" },
        { "same name", "two partition fields are named 'x'" },
        { "remove and rename", "is removed and renamed at once" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Changes_ThatContradict_AreRefused(string change, string message)
    {
        var schema = Warehouse.Flights with { Fields = [.. Warehouse.Flights.Fields, new(4, "stops", new ListType(5, new PrimitiveType(PrimitiveKind.Int), false), false)] };
        var table = await warehouse.CreateAsync("ns.t", schema, Warehouse.ByDay);
        var update = new UpdatePartitionSpec();
        _ = change switch
        {
            "twice" => update.AddField("at", Day),
            "redundant" => update.AddField("at", Hour),
            "column's name" => update.AddField("delay", Bucket, "origin"),
            "unknown column" => update.AddField("att", Day),
            "unknown field" => update.RemoveField("hour"),
            "wrong type" => update.AddField("origin", Day),
            "unknown transform" => update.AddField("origin", Transform.Parse("zorder")),
            "list" => update.AddField("stops.element", Bucket),
            "same name" => update.AddField("delay", Bucket, "x").RenameField("at_day", "x"),
            _ => update.RemoveField("at_day").RenameField("at_day", "x"),
        };
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => table.NewTransaction().Add(update).CommitAsync(default));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_OfAFormerSpec_StayReadableAndRemovable()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights, Warehouse.ByDay);
        table = await warehouse.AppendAsync(table, [0L, "JFK", 1], [86_400_000_000L, "LAX", 2]);
        table = await ChangeAsync(table, new UpdatePartitionSpec().RemoveField("at_day").AddField("delay", Bucket));
        table = await warehouse.AppendAsync(table, [1L, "SFO", 3]);
        // The source of the former field goes, and manifests of that spec are still rewritten.
        table = (await table.NewTransaction().Add(new UpdateSchema().DropColumn("at")).CommitAsync(default)).Table;
        var removed = (await FileModel.LiveAsync(table)).Values.First(e => e.File.SpecId == 0).File;
        table = (await table.NewTransaction().Add(new DeleteFiles([removed])).CommitAsync(default)).Table;
        Assert.Equal(2, (await Warehouse.LinesAsync(table.NewScan())).Count);
        Assert.Contains((await FileModel.LiveAsync(table)).Values, e => e.File.SpecId == 0 && e.File.Partition[0] is int);
    }

    [Fact]
    public void Changes_InAnyOrder_NeverGiveAnIdToTwoFields() => Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5]).Array[1, 4].Array[1, 10].Sample(rounds =>
    {
        (string Column, Transform Transform)[] choices = [("at", Day), ("at", Hour), ("origin", Transform.Identity), ("origin", Bucket), ("delay", Bucket), ("delay", new Transform(TransformKind.Truncate, 5))];
        var metadata = Features.Iceberg.Catalogs.NewTableMetadata.From(new(Warehouse.Flights, PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()), "/t", 0);
        var known = new Dictionary<int, (int, Transform)>();
        foreach (var round in rounds)
        {
            var (evolution, model) = (new PartitionSpecEvolution(metadata, caseSensitive: true), metadata.DefaultSpec.Fields.Select(f => (f.SourceId, f.Transform)).ToHashSet());
            var touched = new HashSet<int>();
            foreach (var (kind, pick) in round.Where(c => touched.Add(c.Item2)))
            {
                var (column, transform) = choices[pick];
                var source = metadata.CurrentSchema.Find(column)!.Id;
                if (!model.Contains((source, transform)) && !(column == "at" && model.Any(m => m.SourceId == source)))
                {
                    evolution.Add(column, transform, null);
                    model.Add((source, transform));
                }
                else if (model.Contains((source, transform)) && metadata.DefaultSpec.Fields.Any(f => (f.SourceId, f.Transform) == (source, transform)) && kind > 0)
                {
                    evolution.Remove(column, transform);
                    model.Remove((source, transform));
                }
            }

            var fields = evolution.Apply();
            Assert.True(model.SetEquals(fields.Select(f => (f.SourceId, f.Transform))));
            Assert.All(fields, f => Assert.Equal((f.SourceId, f.Transform), known.TryGetValue(f.FieldId, out var before) ? before : known[f.FieldId] = (f.SourceId, f.Transform)));
            Assert.Equal(known.Count, known.Values.Distinct().Count());
            metadata = metadata with
            {
                PartitionSpecs = [.. metadata.PartitionSpecs, new PartitionSpec(metadata.PartitionSpecs.Count, fields)],
                DefaultSpecId = metadata.PartitionSpecs.Count,
                LastPartitionId = evolution.LastFieldId,
            };
        }
    });

    [Fact]
    public async Task SortOrder_IsReplacedAndReused()
    {
        var table = await warehouse.CreateAsync("ns.t", Warehouse.Flights);
        var sorted = await ChangeAsync(table, new ReplaceSortOrder().Ascending("origin").Descending("at", Day));
        Assert.Equal([new(2, Transform.Identity, false, true), new(1, Day, true, false)], sorted.Metadata.DefaultSortOrder.Fields);
        Assert.Equal(1, sorted.Metadata.DefaultSortOrderId);
        var unsorted = await ChangeAsync(sorted, new ReplaceSortOrder());
        Assert.Equal((0, 2), (unsorted.Metadata.DefaultSortOrderId, unsorted.Metadata.SortOrders.Count));
        var again = await ChangeAsync(unsorted, new ReplaceSortOrder().Ascending("origin").Descending("at", Day));
        Assert.Equal((1, 2), (again.Metadata.DefaultSortOrderId, again.Metadata.SortOrders.Count));
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => ChangeAsync(again, new ReplaceSortOrder().Ascending("nowhere").Ascending("origin", Day)));
        Assert.Contains("'nowhere'", error.Message, StringComparison.Ordinal);
        Assert.Contains("does not take string", error.Message, StringComparison.Ordinal);
    }

    private static async Task<Table> ChangeAsync(Table table, IAction update)
    {
        var result = await table.NewTransaction().Add(update).CommitAsync(default);
        Assert.True(result.Changed);
        return result.Table;
    }
}
