using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

public sealed class LocalFilesTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("features-files-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("file:")]
    [InlineData("file://")]
    public async Task Fetch_LocalFile_IsTheFileItself(string scheme)
    {
        var path = Path.Combine(folder.FullName, "a b=1%2F.parquet");
        await File.WriteAllBytesAsync(path, [1]);
        using (var file = await new LocalFiles().FetchAsync($"{scheme}{path}", default))
        {
            Assert.Equal(path, file.Path);
        }

        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task Fetch_NothingThere_SaysNotFoundWithTheLocation()
    {
        var error = await Assert.ThrowsAsync<NotFoundException>(async () => await new LocalFiles().FetchAsync($"file://{folder.FullName}/none", default));
        Assert.Equal(("file", $"file://{folder.FullName}/none"), (error.Kind, error.Name));
    }

    [Fact]
    public async Task Fetch_OfAnotherScheme_IsRefused() =>
        await Assert.ThrowsAsync<StorageException>(async () => await new LocalFiles().FetchAsync("s3://bucket/x", default));
}
