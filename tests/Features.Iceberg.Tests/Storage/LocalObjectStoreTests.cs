using Features.Iceberg.Conformance.Storage;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

public sealed class LocalObjectStoreTests : ObjectStoreConformance, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("features-store-");

    protected override IObjectStore Store { get; } = new LocalObjectStore();

    protected override string Prefix => $"file://{folder.FullName}";

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("file:")]
    [InlineData("file://")]
    [InlineData("file://localhost")]
    public async Task Location_EverySpelling_IsTheSameFile(string scheme)
    {
        await WriteAsync("x", [7]);
        await using var stream = await Store.OpenReadAsync($"{scheme}{folder.FullName}/x", default);
        Assert.Equal(7, stream.ReadByte());
    }

    [Fact]
    public async Task Location_OfAnotherScheme_IsRefusedWithTheRemedy()
    {
        var error = await Assert.ThrowsAsync<StorageException>(() => Store.OpenReadAsync("s3://bucket/x", default));
        Assert.Contains("relocate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WhatAKilledProcessLeft_IsInNoListing()
    {
        var writer = await Store.CreateAsync($"{Prefix}/x", default);
        await writer.Stream.WriteAsync(new byte[10]);
        await writer.Stream.FlushAsync();
        Assert.Single(folder.GetFiles("*", SearchOption.AllDirectories));
        Assert.Empty(await ListAsync());
        await writer.DisposeAsync();
        Assert.Empty(folder.GetFiles("*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Create_InAFolderThatIsAFile_NamesTheObject()
    {
        await WriteAsync("x", [1]);
        var error = await Assert.ThrowsAsync<StorageException>(() => WriteAsync("x/y", [1]));
        Assert.Equal($"{Prefix}/x/y", error.Location);
    }
}
