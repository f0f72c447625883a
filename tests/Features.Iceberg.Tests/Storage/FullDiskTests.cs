using Features.Iceberg.Storage;
using Features.Testing;

namespace Features.Iceberg.Tests.Storage;

public sealed class FullDiskTests
{
    [Fact]
    public async Task Create_DiskFull_SaysSoAndLeavesNothing()
    {
        using var disk = new SmallDisk();
        Assert.SkipUnless(disk.IsMounted, "a 1 MB tmpfs cannot be mounted: it needs root");
        var store = new LocalObjectStore();
        var location = $"file://{disk.Path}/t/data.parquet";
        var error = await Assert.ThrowsAsync<StorageException>(async () =>
        {
            await using var writer = await store.CreateAsync(location, default);
            var block = new byte[100_000];
            for (var i = 0; i < 20; i++)
            {
                await writer.Stream.WriteAsync(block);
            }

            await writer.CompleteAsync(default);
        });
        Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
        Assert.Contains("free space", error.Message, StringComparison.Ordinal);
        Assert.Equal((location, false), (error.Location, error.IsTransient));
        Assert.Empty(Directory.GetFiles(disk.Path, "*", SearchOption.AllDirectories));

        // With space again, the same store goes on.
        await using var small = await store.CreateAsync(location, default);
        await small.Stream.WriteAsync(new byte[100_000]);
        Assert.Equal(100_000, await small.CompleteAsync(default));
    }
}
