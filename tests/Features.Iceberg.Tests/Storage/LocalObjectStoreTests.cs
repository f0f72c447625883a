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
    public async Task List_OfFoldersThatLinksLeadTo_GivesEachFileOnce()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        await WriteAsync("t/data/x", [1]);
        await WriteAsync("disk/y", [2]);
        folder.CreateSubdirectory("t/metadata");
        // Back to the table itself, to its own files under another name, and to another disk, which is how tables are spread.
        File.CreateSymbolicLink($"{folder.FullName}/t/loop", folder.FullName);
        File.CreateSymbolicLink($"{folder.FullName}/t/again", $"{folder.FullName}/t/data");
        File.CreateSymbolicLink($"{folder.FullName}/t/data/disk", $"{folder.FullName}/disk");
        File.CreateSymbolicLink($"{folder.FullName}/t/metadata/disk", $"{folder.FullName}/disk");
        File.CreateSymbolicLink($"{folder.FullName}/t/gone", $"{folder.FullName}/nowhere");

        var found = new List<string>();
        await foreach (var info in Store.ListAsync($"{folder.FullName}/t", default))
        {
            found.Add(info.Location[(folder.FullName.Length + 1)..]);
        }

        Assert.Contains("t/data/x", found);
        Assert.Single(found, location => location.EndsWith("/y", StringComparison.Ordinal));
        Assert.Equal(3, found.Count);
    }

    [Fact]
    public async Task Stat_OfALinkToAFile_GivesTheFilesLength()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        await WriteAsync("x", new byte[1000]);
        File.CreateSymbolicLink($"{folder.FullName}/link", $"{folder.FullName}/x");
        Assert.Equal(1000, (await Store.StatAsync($"{Prefix}/link", default))!.Length);
        Assert.Equal([1000, 1000], (await ListAsync()).Select(info => info.Length));
    }

    [Fact]
    public async Task Create_InAFolderThatIsAFile_NamesTheObject()
    {
        await WriteAsync("x", [1]);
        var error = await Assert.ThrowsAsync<StorageException>(() => WriteAsync("x/y", [1]));
        Assert.Equal($"{Prefix}/x/y", error.Location);
    }
}
