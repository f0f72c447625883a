using Features.Iceberg.Storage;

namespace Features.Iceberg.Conformance.Storage;

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

    [Theory]
    [InlineData("plain")]
    [InlineData("with space")]
    [InlineData("a=1/b=x%2Fy%25/part+1.parquet")]
    [InlineData("hash#tag")]
    [InlineData("ask?me")]
    [InlineData("und & so;weiter,'(x)'~!@$*")]
    [InlineData("zürich/東京/😀.bin")]
    [InlineData("%2e%2e")]
    [InlineData("a:b")]
    public virtual async Task Name_Odd_IsKeptAsItIs(string name)
    {
        await WriteAsync(name, [1, 2, 3]);
        Assert.Equal([1, 2, 3], await ReadAsync(name));
        var listed = Assert.Single(await ListAsync());
        Assert.Equal(($"{Prefix}/{name}", 3L), (listed.Location, listed.Length));
        Assert.Equal(3, (await Store.StatAsync(listed.Location, default))!.Length);
        Assert.True(await Store.DeleteAsync(listed.Location, default));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Read_FooterFirstThenRanges_GivesTheBytesOfEach()
    {
        var bytes = Pattern(1_500_000);
        await WriteAsync("x", bytes);
        await using var stream = await Store.OpenReadAsync($"{Prefix}/x", default);
        foreach (var (position, length) in new[] { (1_499_992, 8), (1_480_000, 19_992), (4, 70_000), (70_004, 200_000), (270_004, 10), (1_000_000, 500_000), (0, 4), (1_434_000, 100) })
        {
            stream.Position = position;
            var part = new byte[length];
            await stream.ReadExactlyAsync(part);
            Assert.True(bytes.AsSpan(position, length).SequenceEqual(part), $"{length} bytes at {position}");
        }

        stream.Seek(-1, SeekOrigin.End);
        Assert.Equal(bytes[^1], stream.ReadByte());
        Assert.Equal(-1, stream.ReadByte());
        stream.Position = 2_000_000;
        Assert.Equal(0, await stream.ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task Read_AnyRanges_AreTheObjects()
    {
        var bytes = Pattern(400_000);
        await WriteAsync("x", bytes);
        await using var stream = await Store.OpenReadAsync($"{Prefix}/x", default);
        await Gen.Select(Gen.Int[0, 400_010], Gen.Int[0, 150_000]).Array[1, 8].SampleAsync(
            async reads =>
            {
                foreach (var (position, length) in reads)
                {
                    stream.Position = position;
                    var part = new byte[length];
                    var read = await stream.ReadAtLeastAsync(part, length, throwOnEndOfStream: false);
                    Assert.Equal(Math.Clamp(bytes.Length - position, 0, length), read);
                    Assert.True(bytes.AsSpan(Math.Min(position, bytes.Length), read).SequenceEqual(part.AsSpan(0, read)));
                }
            },
            iter: 20,
            threads: 1);
    }

    [Fact]
    public async Task Read_ManyStreamsAtOnce_EachHasItsOwnPosition()
    {
        var bytes = Pattern(1_000_000);
        await WriteAsync("x", bytes);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            await using var stream = await Store.OpenReadAsync($"{Prefix}/x", default);
            var part = new byte[125_000];
            stream.Position = i * part.Length;
            await stream.ReadExactlyAsync(part);
            Assert.True(bytes.AsSpan(i * part.Length, part.Length).SequenceEqual(part));
        })));
    }

    [Fact]
    public async Task Create_BigInOddPieces_IsReadBackWholeAndListedOnce()
    {
        var bytes = Pattern(BigBytes);
        await using (var writer = await Store.CreateAsync($"{Prefix}/big", default))
        {
            for (var at = 0; at < bytes.Length; at += 777_777)
            {
                await writer.Stream.WriteAsync(bytes.AsMemory(at, Math.Min(777_777, bytes.Length - at)));
            }

            Assert.Null(await Store.StatAsync($"{Prefix}/big", default));
            Assert.Equal(bytes.Length, await writer.CompleteAsync(default));
        }

        Assert.Equal(bytes, await ReadAsync("big"));
        Assert.Equal(bytes.Length, Assert.Single(await ListAsync()).Length);
    }

    [Fact]
    public async Task Create_BigNotCompleted_LeavesNothing()
    {
        await using (var writer = await Store.CreateAsync($"{Prefix}/big", default))
        {
            await writer.Stream.WriteAsync(Pattern(BigBytes));
        }

        Assert.Empty(await ListAsync());
        await WriteAsync("big", [1]);
        Assert.Equal([1], await ReadAsync("big"));
    }

    [Fact]
    public async Task Create_BigWhereOneStands_IsRefusedAndTheFirstStays()
    {
        await WriteAsync("x", [1]);
        await Assert.ThrowsAsync<AlreadyExistsException>(() => WriteAsync("x", Pattern(BigBytes)));
        Assert.Equal([1], await ReadAsync("x"));
    }

    [Fact]
    public async Task Create_BigManyAtOnce_ExactlyOneWins()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(async () =>
        {
            try
            {
                await WriteAsync("race", [(byte)i, .. Pattern(BigBytes)]);
                return i;
            }
            catch (AlreadyExistsException)
            {
                return -1;
            }
        })));
        var winner = Assert.Single(outcomes, o => o >= 0);
        var bytes = await ReadAsync("race");
        Assert.Equal((byte)winner, bytes[0]);
        Assert.True(bytes.AsSpan(1).SequenceEqual(Pattern(BigBytes)));
    }

    [Fact]
    public async Task List_MoreThanAPage_IsAllOfIt()
    {
        var names = Enumerable.Range(0, 25).Select(i => $"p/{i % 3}/f{i:D3}").ToList();
        foreach (var name in names)
        {
            await WriteAsync(name, [1]);
        }

        Assert.Equal(names.Select(name => $"{Prefix}/{name}").Order(StringComparer.Ordinal), (await ListAsync("p")).Select(o => o.Location).Order(StringComparer.Ordinal));
        Assert.Equal(9, (await ListAsync("p/0/")).Count);
    }

    [Fact]
    public async Task EveryCall_Cancelled_SaysSoAndChangesNothing()
    {
        await WriteAsync("x", [1]);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.OpenReadAsync($"{Prefix}/x", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.StatAsync($"{Prefix}/x", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.DeleteAsync($"{Prefix}/x", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Store.ListAsync(Prefix, cancelled))
            {
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await using var writer = await Store.CreateAsync($"{Prefix}/y", default);
            await writer.Stream.WriteAsync(new byte[10]);
            await writer.CompleteAsync(cancelled);
        });
        Assert.Equal($"{Prefix}/x", Assert.Single(await ListAsync()).Location);
    }

    /// <summary>The length of a big object: an adapter that sends blocks makes it more than two of them.</summary>
    protected virtual int BigBytes => 3_000_000;

    protected static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 31) ^ (i >> 9)))];

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
