using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

/// <summary>What every object store must do. An adapter derives from it, and gives a store and the location of an empty prefix in it.</summary>
public abstract class ObjectStoreConformance
{
    protected abstract IObjectStore Store { get; }

    /// <summary>An empty prefix, without a trailing slash.</summary>
    protected abstract string Prefix { get; }

    [Fact]
    public async Task Create_Completed_IsReadBackAtAnyPosition()
    {
        var bytes = Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31)).ToArray();
        Assert.Equal(bytes.Length, await WriteAsync("a/b c=%3A/d.bin", bytes));
        await using var stream = await Store.OpenReadAsync($"{Prefix}/a/b c=%3A/d.bin", default);
        Assert.True(stream.CanSeek);
        Assert.Equal(bytes.Length, stream.Length);
        stream.Position = 123_456;
        var part = new byte[1000];
        await stream.ReadExactlyAsync(part);
        Assert.Equal(bytes[123_456..124_456], part);
    }

    [Fact]
    public async Task Create_NotCompleted_IsNeverVisible()
    {
        await using (var writer = await Store.CreateAsync($"{Prefix}/x", default))
        {
            await writer.Stream.WriteAsync(new byte[100_000]);
            await writer.Stream.FlushAsync();
            Assert.Null(await Store.StatAsync($"{Prefix}/x", default));
            Assert.Empty(await ListAsync());
        }

        Assert.Null(await Store.StatAsync($"{Prefix}/x", default));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Create_SameLocationTwice_TheSecondIsRefusedAndTheFirstStays()
    {
        await WriteAsync("x", [1]);
        await Assert.ThrowsAsync<AlreadyExistsException>(() => WriteAsync("x", [2, 3]));
        Assert.Equal([1], await ReadAsync("x"));
        Assert.Single(await ListAsync());
    }

    [Fact]
    public async Task Create_ManyAtOnce_ExactlyOneWins()
    {
        for (var round = 0; round < 10; round++)
        {
            var name = $"race-{round}";
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
            {
                try
                {
                    await WriteAsync(name, [(byte)i]);
                    return i;
                }
                catch (AlreadyExistsException)
                {
                    return -1;
                }
            })));
            var winner = Assert.Single(outcomes, o => o >= 0);
            Assert.Equal([(byte)winner], await ReadAsync(name));
        }
    }

    [Fact]
    public async Task OpenRead_NothingThere_SaysNotFoundWithTheLocation()
    {
        var error = await Assert.ThrowsAsync<NotFoundException>(() => Store.OpenReadAsync($"{Prefix}/none", default));
        Assert.Equal(("file", $"{Prefix}/none"), (error.Kind, error.Name));
        Assert.Null(await Store.StatAsync($"{Prefix}/none", default));
    }

    [Fact]
    public async Task List_Prefix_IsByPathSegmentAndAtAnyDepth()
    {
        await WriteAsync("t/a", [1]);
        await WriteAsync("t/sub/.hidden", [1, 2]);
        await WriteAsync("tt/b", [1]);
        var found = await ListAsync("t");
        Assert.Equal([($"{Prefix}/t/a", 1L), ($"{Prefix}/t/sub/.hidden", 2L)], found.Select(o => (o.Location, o.Length)).Order());
        Assert.Empty(await ListAsync("none"));
    }

    [Fact]
    public async Task Delete_Object_IsGoneOnce()
    {
        await WriteAsync("x", [1]);
        Assert.True(await Store.DeleteAsync($"{Prefix}/x", default));
        Assert.False(await Store.DeleteAsync($"{Prefix}/x", default));
        Assert.Null(await Store.StatAsync($"{Prefix}/x", default));
    }

    [Fact]
    public async Task Stat_EmptyObject_HasLengthZero()
    {
        await WriteAsync("empty", []);
        Assert.Equal(0, (await Store.StatAsync($"{Prefix}/empty", default))!.Length);
    }

    protected async Task<long> WriteAsync(string name, byte[] bytes)
    {
        await using var writer = await Store.CreateAsync($"{Prefix}/{name}", default);
        await writer.Stream.WriteAsync(bytes);
        return await writer.CompleteAsync(default);
    }

    protected async Task<byte[]> ReadAsync(string name)
    {
        await using var stream = await Store.OpenReadAsync($"{Prefix}/{name}", default);
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    protected async Task<List<ObjectInfo>> ListAsync(string? below = null)
    {
        var found = new List<ObjectInfo>();
        await foreach (var info in Store.ListAsync(below is null ? Prefix : $"{Prefix}/{below}", default))
        {
            found.Add(info);
        }

        return found;
    }
}
