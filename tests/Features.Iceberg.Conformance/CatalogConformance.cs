using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Conformance;

/// <summary>What every <see cref="ICatalog"/> must do; a catalog's tests derive from it.</summary>
public abstract class CatalogConformance
{
    private static readonly TableIdentifier Name = new("level.one", "t");

    private static TableCreation Creation => new(
        new Schema(0, [new(10, "a", new PrimitiveType(PrimitiveKind.Int), true), new(20, "s", new StructType([new(30, "x", new PrimitiveType(PrimitiveKind.String), false)]), false), new(40, "at", new PrimitiveType(PrimitiveKind.Timestamp), false)], [10]),
        new PartitionSpec(7, [new(40, 5, "at_day", new Transform(TransformKind.Day))]),
        new SortOrder(3, [new(10, Transform.Identity, Descending: true, NullsFirst: false)]),
        new Dictionary<string, string> { ["p"] = "1" });

    /// <summary>The catalog under test; each call opens another client of the same catalog.</summary>
    protected abstract ICatalog Open();

    [Fact]
    public async Task Namespace_CreatedTwice_IsNewOnce()
    {
        Assert.True(await Open().CreateNamespaceAsync("a.b", default));
        Assert.False(await Open().CreateNamespaceAsync("a.b", default));
    }

    [Fact]
    public async Task Table_Created_HasFreshIdsAndIsSeenByAll()
    {
        var made = await Open().CreateTableAsync(Name, Creation, default);

        var loaded = await Open().TryLoadTableAsync(Name, default);

        Assert.Equal(made.MetadataLocation, loaded!.MetadataLocation);
        Assert.Equal(made.Metadata.TableUuid, loaded.Metadata.TableUuid);
        var metadata = loaded.Metadata;
        Assert.Equal(["a:1", "s:2", "at:3"], metadata.CurrentSchema.Fields.Select(f => $"{f.Name}:{f.Id}"));
        Assert.Equal(4, ((StructType)metadata.CurrentSchema.Fields[1].Type).Fields[0].Id);
        Assert.Equal(4, metadata.LastColumnId);
        Assert.Equal([1], metadata.CurrentSchema.IdentifierFieldIds);
        Assert.Equal(new PartitionField(3, 1000, "at_day", new Transform(TransformKind.Day)), Assert.Single(metadata.DefaultSpec.Fields));
        Assert.Equal(1, Assert.Single(metadata.DefaultSortOrder.Fields).SourceId);
        Assert.Equal("1", metadata.Properties["p"]);
        Assert.Equal([Name], await Open().ListTablesAsync("level.one", default));
        Assert.Equal([Name], await Open().ListTablesAsync(null, default));
        Assert.Empty(await Open().ListTablesAsync("level", default));
    }

    [Fact]
    public async Task Table_CreatedTwice_IsRefusedAndLeavesNoFile()
    {
        var made = await Open().CreateTableAsync(Name, Creation, default);
        await Assert.ThrowsAsync<AlreadyExistsException>(() => Open().CreateTableAsync(Name, Creation, default));
        Assert.Equal([made.MetadataLocation], await FilesAsync(made));
    }

    [Fact]
    public async Task Table_WithFaults_IsRefusedWithAllOfThem()
    {
        var creation = Creation with { Schema = new Schema(0, [new(1, "a", new PrimitiveType(PrimitiveKind.Boolean), true), new(2, "a", new PrimitiveType(PrimitiveKind.Int), true)], []), Spec = new PartitionSpec(0, [new(1, 0, "p", new Transform(TransformKind.Day))]), SortOrder = SortOrder.Unsorted };
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => Open().CreateTableAsync(Name, creation, default));
        Assert.Contains("two columns are named 'a'", error.Message, StringComparison.Ordinal);
        Assert.Contains("partition field 'p'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Table_Unknown_IsNullAndDropsAsFalse()
    {
        Assert.Null(await Open().TryLoadTableAsync(Name, default));
        Assert.False(await Open().DropTableAsync(Name, default));
    }

    [Fact]
    public async Task Table_Dropped_IsGoneAndItsFilesStay()
    {
        var made = await Open().CreateTableAsync(Name, Creation, default);
        Assert.True(await Open().DropTableAsync(Name, default));
        Assert.Null(await Open().TryLoadTableAsync(Name, default));
        Assert.Equal([made.MetadataLocation], await FilesAsync(made));
        await Assert.ThrowsAsync<CommitConflictException>(() => made.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { ["x"] = "y" })).CommitAsync(default));
    }

    [Fact]
    public async Task Swap_FromAStaleBase_IsNullAndLeavesNoFile()
    {
        var made = await Open().CreateTableAsync(Name, Creation, default);
        var first = await Open().TrySwapAsync(made, made.Metadata with { LastUpdatedMs = made.Metadata.LastUpdatedMs + 1 }, default);
        Assert.NotNull(first);
        Assert.Null(await Open().TrySwapAsync(made, made.Metadata with { LastUpdatedMs = made.Metadata.LastUpdatedMs + 2 }, default));
        Assert.Equal(first.MetadataLocation, (await Open().TryLoadTableAsync(Name, default))!.MetadataLocation);
        Assert.Equal([made.MetadataLocation, first.MetadataLocation], await FilesAsync(made));
    }

    private static async Task<List<string>> FilesAsync(Table table)
    {
        var files = new List<string>();
        await foreach (var file in table.Storage.ListAsync(table.Metadata.Location, default))
        {
            files.Add(file.Location);
        }

        files.Sort(StringComparer.Ordinal);
        return files;
    }
}
