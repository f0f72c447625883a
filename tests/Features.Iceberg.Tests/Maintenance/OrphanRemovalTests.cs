using Features.Iceberg.Transactions;

namespace Features.Iceberg.Maintenance;

public sealed class OrphanRemovalTests : IDisposable
{
    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Files_ThatBelongToTheTable_AreNeverListed()
    {
        var table = await TableAsync();
        await File.WriteAllTextAsync(Path.Combine(table.Metadata.Location, "metadata", "version-hint.text"), "1");
        TableUnderCare.Age(table);
        var plan = await new OrphanRemoval(table).PlanAsync();
        Assert.Empty(plan.Files);
        Assert.Equal(TableUnderCare.OnDisk(table).Count, plan.FilesSeen);
    }

    [Fact]
    public async Task File_CommittedAfterThePlan_IsNotRemoved()
    {
        var table = await TableAsync();
        var written = await warehouse.WriteAsync(table, [[2L, "b", 2]]);
        TableUnderCare.Age(table);
        var plan = await new OrphanRemoval(table).PlanAsync();
        Assert.Equal([written[0].FilePath], plan.Files.Select(f => f.Location));
        var committed = (await table.NewTransaction().Add(new AppendFiles(written)).CommitAsync(default)).Table;

        var result = await new OrphanRemoval(table).ExecuteAsync(plan);

        Assert.Equal(0, result.Removed);
        Assert.Equal(["(1,'a',1)", "(2,'b',2)"], await TableUnderCare.LinesAsync(committed));
    }

    [Fact]
    public async Task File_OfAWriterAtWork_IsTooYoung()
    {
        var table = await TableAsync();
        TableUnderCare.Age(table);
        await warehouse.WriteAsync(table, [[2L, "b", 2]]);
        Assert.Empty((await new OrphanRemoval(table).PlanAsync()).Files);
    }

    [Fact]
    public async Task Age_OfLessThanADay_MustBeForced()
    {
        var table = await TableAsync();
        await warehouse.WriteAsync(table, [[2L, "b", 2]]);
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => new OrphanRemoval(table) { MinimumAge = TimeSpan.FromHours(23) }.PlanAsync());
        var forced = new OrphanRemoval(table) { MinimumAge = TimeSpan.FromMinutes(-1), AllowsRecentFiles = true };
        Assert.Single((await forced.PlanAsync()).Files);
    }

    [Fact]
    public async Task Tables_WithinTheFolder_AreLeftAloneAndNamed()
    {
        var table = await TableAsync();
        var inner = await warehouse.Catalog.CreateTableAsync(
            TableIdentifier.TryParse("ns.inner")!, new Catalogs.TableCreation(Warehouse.Flights, Spec.PartitionSpec.Unpartitioned, Spec.SortOrder.Unsorted, new Dictionary<string, string>(), table.Metadata.Location + "/inner"), default);
        await warehouse.WriteAsync(inner, [[2L, "b", 2]]);
        await File.WriteAllTextAsync(Path.Combine(table.Metadata.Location, "stray"), "x");
        TableUnderCare.Age(table);

        var plan = await new OrphanRemoval(table).PlanAsync();

        Assert.Equal([table.Metadata.Location + "/inner"], plan.NestedTables);
        Assert.Equal([table.Metadata.Location + "/stray"], plan.Files.Select(f => f.Location));
        Assert.Equal(1, plan.Bytes);
    }

    /// <summary>A folder may be spelt in more ways than its table spells it: with a doubled slash, a step upwards, or by way of a link.</summary>
    [Theory]
    [InlineData("/data")]
    [InlineData("//data")]
    [InlineData("/metadata/../data")]
    [InlineData("link")]
    public async Task Folder_SpeltOtherwise_StillHoldsTheTablesFiles(string spelling)
    {
        var table = await TableAsync();
        var data = Path.Combine(table.Metadata.Location, "data");
        await File.WriteAllTextAsync(Path.Combine(data, "stray"), "x");
        TableUnderCare.Age(table);
        var folder = spelling == "link" ? Directory.CreateSymbolicLink(Path.Combine(warehouse.Folder, "link"), data).FullName : table.Metadata.Location + spelling;

        var plan = await new OrphanRemoval(table) { Folder = folder }.PlanAsync();

        Assert.Equal(2, plan.FilesSeen);
        Assert.Equal("stray", Path.GetFileName(Assert.Single(plan.Files).Location));
    }

    [Fact]
    public async Task Manifest_ThatIsMissing_StopsThePlan()
    {
        var table = await TableAsync();
        File.Delete((await Manifests.ManifestListReader.ReadAsync(table.Storage, table.Metadata.CurrentSnapshot!, default))[0].ManifestPath);
        TableUnderCare.Age(table);
        await Assert.ThrowsAsync<NotFoundException>(() => new OrphanRemoval(table).PlanAsync());
    }

    [Fact]
    public async Task Plan_OfAnotherTable_IsRefused()
    {
        var table = await TableAsync();
        var other = await warehouse.CreateAsync("ns.other", Warehouse.Flights);
        var plan = await new OrphanRemoval(table).PlanAsync();
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => new OrphanRemoval(other).ExecuteAsync(plan));
    }

    private async Task<Table> TableAsync() => await warehouse.AppendAsync(await warehouse.CreateAsync("ns.t", Warehouse.Flights), [1L, "a", 1]);
}
