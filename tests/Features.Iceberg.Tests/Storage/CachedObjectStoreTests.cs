using Features.Iceberg.Conformance.Storage;
using Features.Iceberg.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Features.Iceberg.Tests.Storage;

public sealed class CachedObjectStoreTests : ObjectStoreConformance, IDisposable
{
    private const int Budget = 10_000;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("features-cache-");
    private readonly MemoryObjectStore remote = new();
    private readonly CountingObjectStore counted;
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly CachedObjectStore store;

    public CachedObjectStoreTests()
    {
        counted = new CountingObjectStore(remote);
        store = Open();
    }

    protected override IObjectStore Store => store;

    protected override string Prefix => "mem://bucket/prefix";

    private long Held => Files.Sum(file => file.Length);

    private IEnumerable<FileInfo> Files => folder.GetFiles("*", SearchOption.AllDirectories);

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task OpenRead_Twice_ReadsTheStoreOnce()
    {
        var location = Put(1, 3000);
        Assert.Equal(Pattern(3000), await BytesAsync(store, location));
        Assert.Equal(Pattern(3000), await BytesAsync(store, location));
        Assert.Equal(1, counted.Total);
    }

    [Fact]
    public async Task OpenRead_AfterARestart_IsStillThere()
    {
        var location = Put(1, 3000);
        await BytesAsync(store, location);
        Assert.Equal(Pattern(3000), await BytesAsync(Open(), location));
        Assert.Equal(1, counted.Total);
    }

    [Theory]
    [InlineData("version-hint.text")]
    [InlineData("v3.metadata.json")]
    [InlineData("part-00000.parquet")]
    public async Task OpenRead_NameThatMayBeWrittenAgain_IsReadFromTheStoreEachTime(string name)
    {
        remote.Put($"{Prefix}/{name}", [1]);
        Assert.Equal([1], await BytesAsync(store, $"{Prefix}/{name}"));
        remote.Put($"{Prefix}/{name}", [2]);
        Assert.Equal([2], await BytesAsync(store, $"{Prefix}/{name}"));
        Assert.Equal(0, Held);
    }

    [Fact]
    public async Task OpenRead_LargerThanAWholeRead_IsRangedAndNotKept()
    {
        var location = Put(1, 6000);
        await using (var stream = await store.OpenReadAsync(location, default))
        {
            stream.Position = 5999;
            Assert.Equal(Pattern(6000)[5999], stream.ReadByte());
        }

        Assert.Equal((1, 0L), (counted.Total, Held));
        using (await store.FetchAsync(location, default))
        {
        }

        await BytesAsync(store, location);
        Assert.Equal((2, 6000L), (counted.Total, Held));
    }

    [Fact]
    public async Task Fetch_Object_IsAFileWhileLeased()
    {
        var location = Put(1, 3000);
        using var file = await store.FetchAsync(location, default);
        Assert.Equal(Pattern(3000), await File.ReadAllBytesAsync(file.Path));
    }

    [Fact]
    public async Task Fetch_NameThatWasWrittenAgain_IsTheNewContent()
    {
        var location = $"{Prefix}/part-00000.parquet";
        remote.Put(location, [1]);
        await FetchAsync(store, location);
        remote.Put(location, [2, 3]);
        Assert.Equal([2, 3], await FetchAsync(store, location));
        await FetchAsync(store, location);
        Assert.Equal(2, counted.Total);
    }

    [Fact]
    public async Task Fetch_LocalFile_IsTheFileItself()
    {
        var path = Path.Combine(folder.FullName, "local");
        await File.WriteAllBytesAsync(path, [1]);
        using var file = await store.FetchAsync($"file://{path}", default);
        Assert.Equal(path, file.Path);
    }

    [Fact]
    public async Task Budget_Exceeded_TheLeastRecentlyUsedGoes()
    {
        var locations = Enumerable.Range(0, 4).Select(i => Put(i, 3000)).ToList();
        foreach (var location in locations[..3])
        {
            await BytesAsync(store, location);
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        await BytesAsync(store, locations[0]);
        clock.Advance(TimeSpan.FromMinutes(1));
        await BytesAsync(store, locations[3]);
        Assert.InRange(Held, 1, Budget);

        counted.Opened.Clear();
        await BytesAsync(store, locations[0]);
        await BytesAsync(store, locations[3]);
        Assert.Equal(0, counted.Total);
        await BytesAsync(store, locations[1]);
        Assert.Equal(1, counted.Total);
    }

    [Fact]
    public async Task Budget_Exceeded_WhatIsLeasedStays()
    {
        using var leased = await store.FetchAsync(Put(0, 4000), default);
        using var other = await Open().FetchAsync(Put(1, 4000), default);
        for (var i = 2; i < 8; i++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await BytesAsync(store, Put(i, 1900));
        }

        // Held by another process or by this one, it is the same lock.
        Assert.True(File.Exists(leased.Path));
        Assert.True(File.Exists(other.Path));
        Assert.InRange(Held, 1, Budget);
    }

    [Fact]
    public async Task Fetch_LargerThanTheBudget_GoesWithItsLease()
    {
        using (var file = await store.FetchAsync(Put(1, 12_000), default))
        {
            Assert.Equal(12_000, new FileInfo(file.Path).Length);
        }

        Assert.InRange(Held, 0, Budget);
    }

    [Fact]
    public async Task Readers_ManyAtOnce_ShareOneDownload()
    {
        var location = Put(1, 3000);
        var go = new TaskCompletionSource();
        counted.Before = _ => go.Task;
        var readers = Enumerable.Range(0, 16).Select(i => Task.Run(() => i % 2 == 0 ? BytesAsync(store, location) : FetchAsync(store, location))).ToList();
        go.SetResult();
        foreach (var bytes in await Task.WhenAll(readers))
        {
            Assert.Equal(Pattern(3000), bytes);
        }

        Assert.Equal(1, counted.Total);
    }

    [Fact]
    public async Task Readers_OneCancelled_TheOthersGoOn()
    {
        var location = Put(1, 3000);
        var (go, asked) = (new TaskCompletionSource(), new TaskCompletionSource<CancellationToken>());
        counted.Before = token =>
        {
            asked.TrySetResult(token);
            return go.Task.WaitAsync(token);
        };
        using var cancel = new CancellationTokenSource();
        var first = store.OpenReadAsync(location, cancel.Token);
        await asked.Task;
        var second = BytesAsync(store, location);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        go.SetResult();
        Assert.Equal(Pattern(3000), await second);
    }

    [Fact]
    public async Task Readers_AllCancelled_TheDownloadEndsAndTheNextBeginsAnew()
    {
        var location = Put(1, 3000);
        var asked = new TaskCompletionSource<CancellationToken>();
        counted.Before = token =>
        {
            asked.TrySetResult(token);
            return Task.Delay(Timeout.Infinite, token);
        };
        using var cancel = new CancellationTokenSource();
        var only = store.OpenReadAsync(location, cancel.Token);
        var download = await asked.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => only);
        Assert.True(download.IsCancellationRequested);

        counted.Before = _ => Task.CompletedTask;
        Assert.Equal(Pattern(3000), await BytesAsync(store, location));
    }

    [Fact]
    public async Task Download_ThatEndsEarly_IsAnErrorAndLeavesNothing()
    {
        var location = Put(1, 3000);
        counted.CutAt = 1000;
        var error = await Assert.ThrowsAsync<StorageException>(() => BytesAsync(store, location));
        Assert.Equal((location, true), (error.Location, error.IsTransient));
        Assert.Empty(Files);

        counted.CutAt = null;
        Assert.Equal(Pattern(3000), await BytesAsync(store, location));
    }

    [Fact]
    public async Task File_CutShortByACrash_IsFetchedAgain()
    {
        var location = Put(1, 3000);
        await BytesAsync(store, location);
        await using (var file = Assert.Single(Files).OpenWrite())
        {
            file.SetLength(1000);
        }

        Assert.Equal(Pattern(3000), await BytesAsync(Open(), location));
        Assert.Equal((2, 3000L), (counted.Total, Held));
    }

    [Fact]
    public void Partial_OfAKilledProcess_GoesAtTheNextStart()
    {
        var left = Path.Combine(folder.FullName, "partial", "left");
        File.WriteAllBytes(left, [1, 2]);
        using (new FileStream(left, FileMode.Open, FileAccess.Write, FileShare.Delete))
        {
            // Its process lives.
            Open();
            Assert.True(File.Exists(left));
        }

        Open();
        Assert.False(File.Exists(left));
    }

    [Fact]
    public async Task Delete_Object_LeavesNothingInTheCache()
    {
        var (location, leased) = (Put(1, 3000), Put(2, 3000));
        await BytesAsync(store, location);
        await store.DeleteAsync(location, default);
        Assert.Equal(0, Held);
        await Assert.ThrowsAsync<NotFoundException>(() => store.OpenReadAsync(location, default));

        using (var file = await store.FetchAsync(leased, default))
        {
            await store.DeleteAsync(leased, default);
            Assert.True(File.Exists(file.Path));
        }

        Assert.Equal(0, Held);
    }

    [Fact]
    public async Task Folder_SharedByManyStores_GivesEveryoneTheBytesWithinTheBudget()
    {
        var locations = Enumerable.Range(0, 12).Select(i => Put(i, 500 + (i * 150))).ToList();
        var stores = Enumerable.Range(0, 4).Select(_ => Open()).ToList();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 60; i++)
            {
                var n = ((worker * 7) + (i * 5)) % locations.Count;
                Assert.Equal(Pattern(500 + (n * 150)), i % 2 == 0 ? await FetchAsync(stores[worker % 4], locations[n]) : await BytesAsync(stores[worker % 4], locations[n]));
            }
        })));
        Assert.Empty(Directory.GetFiles(Path.Combine(folder.FullName, "partial")));
        clock.Advance(TimeSpan.FromMinutes(1));
        await BytesAsync(Open(), Put(99, 10));
        Assert.InRange(Held, 1, Budget);
    }

    private static async Task<byte[]> BytesAsync(CachedObjectStore from, string location)
    {
        await using var stream = await from.OpenReadAsync(location, default);
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    private static async Task<byte[]> FetchAsync(CachedObjectStore from, string location)
    {
        using var file = await from.FetchAsync(location, default);
        return await File.ReadAllBytesAsync(file.Path);
    }

    private CachedObjectStore Open() => new(counted, new CacheOptions(folder.FullName) { BudgetBytes = Budget, LargestWholeReadBytes = 5000 }, clock);

    private string Put(int number, int length)
    {
        var location = $"{Prefix}/data/00000-{number}-5f3759df-0000-4000-8000-{number:D12}.parquet";
        remote.Put(location, Pattern(length));
        return location;
    }
}
