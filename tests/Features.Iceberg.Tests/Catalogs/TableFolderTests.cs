using System.Text;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Tests.Storage;
using Features.Testing;

namespace Features.Iceberg.Tests.Catalogs;

public sealed class TableFolderTests
{
    private readonly MemoryObjectStore store = new();

    [Theory]
    [InlineData("3", "v1.metadata.json,v3.metadata.json,v2.metadata.json", "v3.metadata.json")]
    [InlineData("2", "v1.metadata.json,v3.gz.metadata.json,v2.metadata.json", "v3.gz.metadata.json")]
    [InlineData("2", "v1.metadata.json,v2.metadata.json,v4.metadata.json", "v2.metadata.json")]
    [InlineData("9", "v1.metadata.json,v2.metadata.json", "v2.metadata.json")]
    [InlineData("00001-b", "00002-c.metadata.json,00001-b.metadata.json", "00001-b.metadata.json")]
    [InlineData(null, "v9.metadata.json,v10.metadata.json", "v10.metadata.json")]
    [InlineData(null, "00002-a.metadata.json,00010-b.gz.metadata.json,00009-c.metadata.json.gz,other.json", "00010-b.gz.metadata.json")]
    public async Task Open_Folder_TakesTheHintedElseTheHighestVersion(string? hint, string files, string expected)
    {
        foreach (var file in files.Split(','))
        {
            Put($"mem://wh/t/metadata/{file}", "mem://wh/t");
        }

        if (hint is not null)
        {
            store.Put("mem://wh/t/metadata/version-hint.text", Encoding.UTF8.GetBytes(hint + "\n"));
        }

        Assert.Equal($"mem://wh/t/metadata/{expected}", (await TableFolder.OpenAsync(store, "mem://wh/t/", default)).MetadataLocation);
        Assert.Equal($"mem://wh/t/metadata/{expected}", (await TableFolder.OpenAsync(store, "mem://wh/t/metadata", default)).MetadataLocation);
    }

    [Fact]
    public async Task Open_WhereItSays_IsNotRelocated()
    {
        Put("mem://wh/t/metadata/v1.metadata.json", "mem://wh/t/");
        var table = await TableFolder.OpenAsync(store, "mem://wh/t/metadata/v1.metadata.json", default);
        Assert.Same(store, table.Storage);
        Assert.Null(table.Catalog);
        Assert.Throws<InvalidTableArgumentException>(() => { table.NewTransaction(); });
    }

    [Fact]
    public async Task Open_Moved_IsReadWhereItWasFoundUnlessTold()
    {
        Put("mem://here/t/metadata/v1.metadata.json", "s3://there/t");
        store.Put("mem://here/t/data/a", [5]);
        store.Put("mem://copy/data/a", [6]);
        Assert.Equal(5, await FirstByteAsync(null));
        Assert.Equal(6, await FirstByteAsync([("s3://there/t", "mem://copy")]));
        await Assert.ThrowsAsync<NotFoundException>(() => FirstByteAsync([]));

        async Task<int> FirstByteAsync(IReadOnlyList<(string, string)>? relocations)
        {
            var table = await TableFolder.OpenAsync(store, "mem://here/t", relocations, default);
            await using var stream = await table.Storage.OpenReadAsync("s3://there/t/data/a", default);
            return stream.ReadByte();
        }
    }

    [Theory]
    [InlineData("hdfs://host:20500/wh/db/t", "mem://here/db/t", "hdfs://host:20500/wh/other/data/a", "mem://here/other/data/a")]
    [InlineData("s3a://bucket/wh/db/t", "mem://here/wh/db/t", "s3://bucket/wh/db/t_data/a", "mem://here/wh/db/t_data/a")]
    [InlineData("/wh/db/t", "mem://here/db/t", "/wh/side/a", "mem://here/side/a")]
    [InlineData("hdfs://host/wh/db/t", "mem://here/elsewhere/t", "hdfs://host/wh/db/side/a", null)]
    public async Task Open_MovedWithItsFolder_FindsWhatLiesBesideIt(string baked, string folder, string named, string? found)
    {
        Put($"{folder}/metadata/v1.metadata.json", baked);
        var table = await TableFolder.OpenAsync(store, folder, default);
        Assert.Equal(found ?? named, Assert.IsType<RelocatedObjectStore>(table.Storage).Relocate(named));
    }

    [Fact]
    public async Task Open_FolderOfMetadataWithoutVersions_TakesTheOneThereIs()
    {
        Put("mem://wh/t/metadata/vfinal.metadata.json", "mem://wh/t");
        Assert.Equal("mem://wh/t/metadata/vfinal.metadata.json", (await TableFolder.OpenAsync(store, "mem://wh/t", default)).MetadataLocation);
        Put("mem://wh/t/metadata/v1.metadata.json", "mem://wh/t");
        Assert.Equal("mem://wh/t/metadata/v1.metadata.json", (await TableFolder.OpenAsync(store, "mem://wh/t", default)).MetadataLocation);
    }

    [Fact]
    public async Task Open_Nothing_SaysWhatToGive()
    {
        var error = await Assert.ThrowsAsync<NotFoundException>(() => TableFolder.OpenAsync(store, "mem://wh/none", default));
        Assert.Contains("metadata file", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("iceberg/lineitem_iceberg")]
    [InlineData("iceberg/lineitem_iceberg_gz")]
    [InlineData("big_query_error")]
    public async Task Open_TablesWithSeveralBakedLocations_FindTheirManifestLists(string name)
    {
        var path = Fixtures.Find("iceberg", "duckdb-iceberg", name);
        Assert.SkipWhen(path is null, "the shared fixtures are not here");
        var table = await TableFolder.OpenAsync(new LocalObjectStore(), path, default);
        Assert.NotNull(await table.Storage.StatAsync(table.Metadata.CurrentSnapshot!.ManifestList!, default));
    }

    private void Put(string location, string baked)
    {
        var json = TableMetadataJson.Write(new TableMetadata
        {
            FormatVersion = 2,
            TableUuid = Guid.Empty,
            Location = baked,
            LastUpdatedMs = 0,
            LastColumnId = 0,
            Schemas = [new Schema(0, [], [])],
            CurrentSchemaId = 0,
            PartitionSpecs = [PartitionSpec.Unpartitioned],
            DefaultSpecId = 0,
            LastPartitionId = 999,
        });
        store.Put(location, json);
    }
}
