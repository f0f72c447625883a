using Apache.Arrow;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Ordering;
using Grpc.Core;

namespace Features.Flight.Tests.Client;

public class DatasetClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_ShowsNameRowsDigestAndSchema()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("a", 10).Add("b", 20, Tables.Schema));
        using var client = host.Connect();

        var infos = await client.ListAsync(Token).ToListAsync(Token);

        Assert.Equal([("a", 10, "sha256:a"), ("b", 20, "sha256:b")], infos.Select(info => (info.Name, info.Rows, info.Digest)));
        Assert.Equal(Tables.Schema.FieldsList.Count, infos[1].Schema.FieldsList.Count);
    }

    [Fact]
    public async Task Read_EveryType_EqualsTheSourceAndGivesAllMemoryBack()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", 3000, Tables.Schema));
        var allocator = new CountingAllocator();
        using var client = host.Connect(new DatasetClientOptions { Allocator = allocator });
        var reader = await client.OpenAsync(new DatasetRequest("all") { Batch = 700 }, Token);

        var rows = new List<string>();
        await foreach (var batch in reader.WithCancellation(Token))
        {
            rows.AddRange(Cells.RowsOf(batch.Rows));
            batch.Dispose();
        }

        using var expected = Tables.Rows(0, 3000);
        Assert.Equal(Cells.RowsOf(expected), rows);
        Assert.Equal(5, reader.Delivery.Steps);
        Assert.Equal(0, allocator.Bytes);
        await host.DisposeAsync();
        Assert.Equal(0, host.Allocator.Bytes);
    }

    [Fact]
    public async Task Resume_WithAnotherWorldAndBatch_GoesOnAtTheNextUnseenSample()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("a", 1000));
        using var client = host.Connect();
        var request = new DatasetRequest("a") { Batch = 30, World = 4, Shuffle = OrderMode.Global, Seed = 7, Epoch = 2, Tail = Tail.Drop };
        var seen = new List<long?>();
        OrderState? state = null;
        for (var rank = 0; rank < 4; rank++)
        {
            var reader = await client.OpenAsync(request with { Rank = rank }, Token);
            await foreach (var batch in reader.WithCancellation(Token))
            {
                seen.AddRange((Int64Array)batch.Rows.Column("id"));
                batch.Dispose();
                if (batch.Step == 4)
                {
                    break;
                }
            }

            Assert.Equal(600, reader.State.Position);
            state = OrderState.Parse(reader.State.ToJson());
        }

        var rest = await client.OpenAsync(new DatasetRequest("a") { Batch = 17, Shuffle = OrderMode.Global, Seed = 7, State = state }, Token);
        await foreach (var batch in rest.WithCancellation(Token))
        {
            seen.AddRange((Int64Array)batch.Rows.Column("id"));
            batch.Dispose();
        }

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (long?)i), seen.Order());
        Assert.Equal(1000, rest.State.Position);

        var other = await Assert.ThrowsAsync<FlightCallException>(() => client.OpenAsync(new DatasetRequest("a") { Shuffle = OrderMode.Global, Seed = 8, State = state }, Token));
        Assert.Equal(StatusCode.FailedPrecondition, other.Status);
        Assert.Contains("seed was 7, is 8", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_Cancelled_ReleasesTheDataset()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("a", 2_000_000));
        using var client = host.Connect();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var reader = await client.OpenAsync(new DatasetRequest("a") { Shuffle = OrderMode.Global }, Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var batch in reader.WithCancellation(cancel.Token))
            {
                batch.Dispose();
                await cancel.CancelAsync();
            }
        });

        Assert.True(SpinWait.SpinUntil(() => host.Cache.List().Single().Readers == 0, TimeSpan.FromSeconds(20)));
        Assert.Equal(host.Cache.UsedBytes, host.Allocator.Bytes);
    }

    [Fact]
    public async Task Read_BySlowReaders_KeepsTheServersMemoryBounded()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("a", 2_000_000));
        using var client = host.Connect();
        await (await client.OpenAsync(new DatasetRequest("a"), Token)).WithCancellation(Token).GetAsyncEnumerator().MoveNextAsync();
        var readers = new List<IAsyncEnumerator<DatasetBatch>>();
        for (var i = 0; i < 8; i++)
        {
            var reader = await client.OpenAsync(new DatasetRequest("a") { Batch = 65536, Shuffle = OrderMode.Global, Epoch = i }, Token);
            readers.Add(reader.GetAsyncEnumerator(Token));
            Assert.True(await readers[i].MoveNextAsync());
        }

        // 24 MB in the cache; a reader who does not read on costs no column memory beside it.
        Assert.InRange(host.Allocator.Peak - host.Cache.UsedBytes, 0, 9 * (2 << 20));
        foreach (var reader in readers)
        {
            await reader.DisposeAsync();
        }
    }

    [Fact]
    public async Task Open_NoService_SaysSoWithTheAddress()
    {
        using var client = new DatasetClient(new Uri("grpc+tcp://127.0.0.1:1"));

        var error = await Assert.ThrowsAsync<FlightCallException>(() => client.OpenAsync(new DatasetRequest("a"), Token));

        Assert.True(error.IsTransient);
        Assert.Contains("127.0.0.1:1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_SourceUnavailableAtFirst_IsTriedAgain()
    {
        var source = new MemorySource().Add("a", 10);
        var failures = 2;
        source.BeforeBatch = (_, _) => failures-- > 0 ? throw new IOException("the store is away") : Task.CompletedTask;
        await using var host = await FlightHost.StartAsync(source);
        using var client = host.Connect(new DatasetClientOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
        var reader = await client.OpenAsync(new DatasetRequest("a"), Token);

        var rows = 0;
        await foreach (var batch in reader.WithCancellation(Token))
        {
            rows += batch.Rows.Length;
            batch.Dispose();
        }

        Assert.Equal((10, 3), (rows, source.Reads));
    }

    [Fact]
    public void Client_AddressOfAnotherScheme_IsRefused() => Assert.Throws<ArgumentException>(() => new DatasetClient(new Uri("ftp://a")));
}
