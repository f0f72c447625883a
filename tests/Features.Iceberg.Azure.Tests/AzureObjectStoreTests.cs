using Azure.Storage.Sas;
using Features.Iceberg.Conformance.Storage;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Azure.Tests;

public sealed class AzureObjectStoreTests(Azurite azurite) : ObjectStoreConformance, IClassFixture<Azurite>, IAsyncLifetime
{
    private readonly string container = $"c{Guid.NewGuid():N}";
    private AzureObjectStore store = null!;

    protected override IObjectStore Store => store;

    protected override string Prefix => $"abfss://{container}@{Azurite.Account}.dfs.core.windows.net/a prefix";

    protected override int BigBytes => 500_000;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(azurite.Missing is not null, azurite.Missing ?? "");
        store = new AzureObjectStore(new AzureStoreOptions { ConnectionString = azurite.ConnectionString, BlockBytes = 200_000 });
        await azurite.Client.CreateBlobContainerAsync(container);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Location_EverySpelling_IsTheSameObject()
    {
        await WriteAsync("x", [7]);
        foreach (var location in new[]
        {
            $"abfs://{container}@{Azurite.Account}.dfs.core.windows.net/a prefix/x",
            $"wasbs://{container}@{Azurite.Account}.blob.core.windows.net/a prefix/x",
            $"WASB://{container}@{Azurite.Account}.blob.core.windows.net/a prefix/x",
            $"https://{Azurite.Account}.blob.core.windows.net/{container}/a prefix/x",
            $"abfss://{container}/a prefix/x",
        })
        {
            Assert.Equal(1, (await Store.StatAsync(location, default))?.Length);
        }
    }

    [Theory]
    [InlineData("footer.parquet")]
    [InlineData("manifest.avro")]
    public async Task Read_ObjectReplacedMeanwhile_IsAnErrorAndNeverAMixture(string name)
    {
        await WriteAsync(name, Pattern(500_000));
        await using var stream = await Store.OpenReadAsync($"{Prefix}/{name}", default);
        await azurite.Client.GetBlobContainerClient(container).GetBlobClient($"a prefix/{name}").UploadAsync(BinaryData.FromBytes(new byte[500_000]), overwrite: true);
        stream.Position = 200_000;
        var error = await Assert.ThrowsAsync<StorageException>(async () => await stream.ReadExactlyAsync(new byte[10]));
        Assert.Contains("replaced", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_FoldersOfAdls_AreNoObjects()
    {
        await azurite.Client.GetBlobContainerClient(container).GetBlobClient("a prefix/folder")
            .UploadAsync(new MemoryStream(), metadata: new Dictionary<string, string> { ["hdi_isfolder"] = "true" });
        await WriteAsync("folder/x", [1]);
        Assert.Single(await ListAsync());
        Assert.Null(await Store.StatAsync($"{Prefix}/folder", default));
    }

    [Fact]
    public async Task EveryCall_ContainerMissing_NamesIt()
    {
        var location = $"abfss://nothing@{Azurite.Account}.dfs.core.windows.net/x";
        Assert.Contains("the container does not exist", (await Assert.ThrowsAsync<StorageException>(() => Store.OpenReadAsync(location, default))).Message, StringComparison.Ordinal);
        await using var writer = await Store.CreateAsync(location, default);
        Assert.False((await Assert.ThrowsAsync<StorageException>(() => writer.CompleteAsync(default))).IsTransient);
    }

    [Fact]
    public async Task EveryCall_KeyWrong_SaysSo()
    {
        await WriteAsync("x", [1]);
        var stranger = new AzureObjectStore(new AzureStoreOptions { ConnectionString = azurite.ConnectionString.Replace("Eby8", "Fby8", StringComparison.Ordinal) });
        var error = await Assert.ThrowsAsync<StorageException>(() => stranger.OpenReadAsync($"{Prefix}/x", default));
        Assert.False(error.IsTransient);
        Assert.Matches("credentials were refused|access is denied", error.Message);
    }

    [Fact]
    public async Task EveryCall_NobodyListens_MayPass()
    {
        var nowhere = new AzureObjectStore(new AzureStoreOptions
        {
            ConnectionString = $"AccountName={Azurite.Account};AccountKey=aaaa;BlobEndpoint=http://127.0.0.1:1/{Azurite.Account}",
            MaxRetries = 0,
        });
        Assert.True((await Assert.ThrowsAsync<StorageException>(() => nowhere.OpenReadAsync($"{Prefix}/x", default))).IsTransient);
    }

    [Fact]
    public async Task SharedAccessSignature_ForReading_ReadsAndDoesNotWrite()
    {
        await WriteAsync("x", [1]);
        var signed = azurite.Client.GetBlobContainerClient(container).GenerateSasUri(BlobContainerSasPermissions.Read | BlobContainerSasPermissions.List, DateTimeOffset.MaxValue.AddYears(-100));
        var endpoint = azurite.ConnectionString.Split("BlobEndpoint=")[1];
        var reader = new AzureObjectStore(new AzureStoreOptions { ConnectionString = $"BlobEndpoint={endpoint};SharedAccessSignature={signed.Query.TrimStart('?')}", AccountName = Azurite.Account });
        Assert.Equal(1, (await reader.StatAsync($"{Prefix}/x", default))!.Length);
        await using var writer = await reader.CreateAsync($"{Prefix}/y", default);
        Assert.Contains("access is denied", (await Assert.ThrowsAsync<StorageException>(() => writer.CompleteAsync(default))).Message, StringComparison.Ordinal);
    }
}
