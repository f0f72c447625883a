using Features.Iceberg.Catalogs;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
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
    public async Task Namespace_CreatedTwice_IsNewOnceAndKeepsItsProperties()
    {
        Assert.True(await Open().CreateNamespaceAsync("a", new Dictionary<string, string> { ["owner"] = "ops", ["comment"] = "it's \"so\"" }, default));
        Assert.False(await Open().CreateNamespaceAsync("a", new Dictionary<string, string> { ["owner"] = "others" }, default));
        Assert.Equal(["comment=it's \"so\"", "owner=ops"], Lines(await Open().TryLoadNamespaceAsync("a", default)));
        Assert.True(await Open().CreateNamespaceAsync("a.b", default));
        Assert.False(await Open().CreateNamespaceAsync("a.b", default));
        Assert.Empty((await Open().TryLoadNamespaceAsync("a.b", default))!);
    }

    [Fact]
    public async Task Namespaces_OfSeveralLevels_AreListedLevelByLevel()
    {
        foreach (var name in new[] { "a", "a.b", "a.b.c", "a.d", "a_d", "A", "axb", "é" })
        {
            Assert.True(await Open().CreateNamespaceAsync(name, default), name);
        }

        Assert.Equal(["A", "a", "a_d", "axb", "é"], await Open().ListNamespacesAsync(null, default));
        Assert.Equal(["a.b", "a.d"], await Open().ListNamespacesAsync("a", default));
        Assert.Equal(["a.b.c"], await Open().ListNamespacesAsync("a.b", default));
        Assert.Empty(await Open().ListNamespacesAsync("a_d", default));
        await Assert.ThrowsAsync<NotFoundException>(() => Open().ListNamespacesAsync("b", default));
        Assert.True(await Open().NamespaceExistsAsync("a.b.c", default));
        Assert.False(await Open().NamespaceExistsAsync("a.c", default));
        Assert.False(await Open().NamespaceExistsAsync("a.b.", default));
    }

    [Fact]
    public async Task Namespace_Updated_HasWhatWasSetWithoutWhatWasRemoved()
    {
        await Open().CreateNamespaceAsync("a", new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" }, default);
        await Open().UpdateNamespaceAsync("a", new Dictionary<string, string?> { ["x"] = null, ["y"] = "3", ["z"] = "4", ["absent"] = null }, default);
        Assert.Equal(["y=3", "z=4"], Lines(await Open().TryLoadNamespaceAsync("a", default)));
        await Open().UpdateNamespaceAsync("a", new Dictionary<string, string?> { ["y"] = null, ["z"] = null }, default);
        Assert.Empty((await Open().TryLoadNamespaceAsync("a", default))!);
        var error = await Assert.ThrowsAsync<NotFoundException>(() => Open().UpdateNamespaceAsync("b", new Dictionary<string, string?> { ["x"] = "1" }, default));
        Assert.Equal(("namespace", "b"), (error.Kind, error.Name));
    }

    [Fact]
    public async Task Namespace_Dropped_MustBeEmpty()
    {
        await Open().CreateNamespaceAsync("level", default);
        await Open().CreateNamespaceAsync("level.one", default);
        await Open().CreateTableAsync(Name, Creation, default);

        await Assert.ThrowsAsync<NamespaceNotEmptyException>(() => Open().DropNamespaceAsync("level.one", default));
        Assert.Equal("level", (await Assert.ThrowsAsync<NamespaceNotEmptyException>(() => Open().DropNamespaceAsync("level", default))).Name);
        await Open().DropTableAsync(Name, default);
        Assert.True(await Open().DropNamespaceAsync("level.one", default));
        Assert.True(await Open().DropNamespaceAsync("level", default));
        Assert.False(await Open().DropNamespaceAsync("level", default));
        Assert.Null(await Open().TryLoadNamespaceAsync("level", default));
    }

    [Fact]
    public async Task Namespace_MisspeltOrOfATableThatIsMade_IsRefusedOrMade()
    {
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => Open().CreateNamespaceAsync("", default));
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => Open().CreateNamespaceAsync("a..b", default));
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => Open().CreateTableAsync(new TableIdentifier(".a", "t"), Creation, default));
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => Open().CreateTableAsync(Name with { Name = ".." }, Creation, default));
        await Open().CreateTableAsync(Name, Creation, default);
        Assert.True(await Open().NamespaceExistsAsync(Name.Namespace, default));
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
    public async Task Table_Exists_WhileItHasTheName()
    {
        Assert.False(await Open().TableExistsAsync(Name, default));
        await Open().CreateTableAsync(Name, Creation, default);
        Assert.True(await Open().TableExistsAsync(Name, default));
        Assert.False(await Open().TableExistsAsync(Name with { Name = "T" }, default));
        await Open().DropTableAsync(Name, default);
        Assert.False(await Open().TableExistsAsync(Name, default));
        await Assert.ThrowsAsync<NotFoundException>(() => Open().LoadTableAsync(Name, default));
    }

    [Fact]
    public async Task Table_Registered_IsTheOneThatTheFileHolds()
    {
        var made = await Open().CreateTableAsync(Name, Creation, default);
        var committed = (await made.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { ["x"] = "y" })).CommitAsync(default)).Table;
        await Open().DropTableAsync(Name, default);
        var other = new TableIdentifier("elsewhere", "again");

        await Open().CreateNamespaceAsync("elsewhere", default);
        var registered = await Open().RegisterTableAsync(other, committed.MetadataLocation, default);

        Assert.Equal(made.Metadata.TableUuid, registered.Metadata.TableUuid);
        Assert.Equal("y", (await Open().LoadTableAsync(other, default)).Metadata.Properties["x"]);
        Assert.Equal("z", (await registered.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { ["x"] = "z" })).CommitAsync(default)).Table.Metadata.Properties["x"]);
        await Assert.ThrowsAsync<AlreadyExistsException>(() => Open().RegisterTableAsync(other, committed.MetadataLocation, default));
        await Assert.ThrowsAnyAsync<IcebergException>(() => Open().RegisterTableAsync(Name, made.Metadata.Location + "/metadata/absent.metadata.json", default));
        Assert.False(await Open().TableExistsAsync(Name, default));
    }

    [Fact]
    public async Task Table_Renamed_KeepsItsFilesAndHistory()
    {
        var made = await Open().CreateTableAsync(Name, Creation, default);
        var taken = new TableIdentifier("level.two", "taken");
        await Open().CreateTableAsync(taken, Creation, default);
        var to = new TableIdentifier("level.two", "u");

        await Open().RenameTableAsync(Name, to, default);

        Assert.Null(await Open().TryLoadTableAsync(Name, default));
        var renamed = await Open().LoadTableAsync(to, default);
        Assert.Equal((made.Metadata.TableUuid, made.MetadataLocation), (renamed.Metadata.TableUuid, renamed.MetadataLocation));
        Assert.Equal([taken, to], await Open().ListTablesAsync("level.two", default));
        await renamed.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { ["x"] = "y" })).CommitAsync(default);
        await Assert.ThrowsAsync<AlreadyExistsException>(() => Open().RenameTableAsync(to, taken, default));
        Assert.Equal("table", (await Assert.ThrowsAsync<NotFoundException>(() => Open().RenameTableAsync(Name, to with { Name = "v" }, default))).Kind);
        Assert.Equal("namespace", (await Assert.ThrowsAsync<NotFoundException>(() => Open().RenameTableAsync(to, new TableIdentifier("absent", "u"), default))).Kind);
        Assert.True(await Open().TableExistsAsync(to, default));
    }

    [Fact]
    public async Task Table_Purged_TakesItsFilesAndNoOthers()
    {
        var made = await Open().CreateTableAsync(Name, Creation, default);
        var (own, foreign) = (made.Metadata.Location + "/data/own.parquet", made.Metadata.Location + "-not/foreign.parquet");
        foreach (var location in new[] { own, foreign })
        {
            await using var writer = await made.Storage.CreateAsync(location, default);
            writer.Stream.WriteByte(1);
            await writer.CompleteAsync(default);
        }

        var files = new[] { own, foreign }.Select(location => new DataFile { FilePath = location, FileFormat = "PARQUET", FileSizeInBytes = 1, RecordCount = 1, SpecId = 0, Partition = [null] });
        var table = (await made.NewTransaction().Add(new AppendFiles([.. files])).CommitAsync(default)).Table;
        var stray = table.Metadata.Location + "/data/stray.parquet";
        await using (var writer = await table.Storage.CreateAsync(stray, default))
        {
            await writer.CompleteAsync(default);
        }

        Assert.True(await Open().PurgeTableAsync(Name, default));

        Assert.Null(await Open().TryLoadTableAsync(Name, default));
        Assert.Equal([stray], await FilesAsync(table));
        Assert.NotNull(await table.Storage.StatAsync(foreign, default));
        Assert.False(await Open().PurgeTableAsync(Name, default));
    }

    [Fact]
    public async Task Table_WhoseFilesAreNotItsOwn_IsNotPurged()
    {
        var made = await Open().CreateTableAsync(Name, Creation with { Properties = new Dictionary<string, string> { ["gc.enabled"] = "false" } }, default);
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => Open().PurgeTableAsync(Name, default));
        Assert.True(await Open().TableExistsAsync(Name, default));
        Assert.Equal([made.MetadataLocation], await FilesAsync(made));
    }

    [Fact]
    public async Task Swap_FromAStaleBase_IsNullAndLeavesNoFile()
    {
        var made = await Open().CreateTableAsync(Name, Creation, default);
        var first = await Open().TrySwapAsync(made, WithColumn(made.Metadata, "b"), default);
        Assert.Equal(["a", "s", "at", "b"], first!.Metadata.CurrentSchema.Fields.Select(f => f.Name));
        Assert.Null(await Open().TrySwapAsync(made, WithColumn(made.Metadata, "c"), default));
        Assert.Equal(first.MetadataLocation, (await Open().TryLoadTableAsync(Name, default))!.MetadataLocation);
        Assert.Equal([made.MetadataLocation, first.MetadataLocation], await FilesAsync(made));
    }

    private static TableMetadata WithColumn(TableMetadata metadata, string name)
    {
        var id = metadata.LastColumnId + 1;
        var schema = metadata.CurrentSchema with { SchemaId = 1, Fields = [.. metadata.CurrentSchema.Fields, new(id, name, new PrimitiveType(PrimitiveKind.Int), false)] };
        return metadata with { Schemas = [.. metadata.Schemas, schema], CurrentSchemaId = 1, LastColumnId = id, LastUpdatedMs = metadata.LastUpdatedMs + 1 };
    }

    private static IEnumerable<string> Lines(IReadOnlyDictionary<string, string>? properties) => properties!.Select(p => $"{p.Key}={p.Value}").Order(StringComparer.Ordinal);

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
