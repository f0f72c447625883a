using Apache.Arrow;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Ordering;
using Grpc.Core;

namespace Features.Flight.Tests.Client;

/// <summary>Readers whose service goes away in mid-epoch, and comes back elsewhere.</summary>
public class FailoverTests
{
    private const int Rows = 200_000;

    // What replicas share, so that each reads the others' tickets.
    private static readonly IReadOnlyList<TicketKey> Keys = [new("shared", new byte[TicketKey.MinBytes])];

    private readonly CountingAllocator allocator = new();

    private static FlightOptions Shared => new() { TicketKeys = Keys };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private DatasetClientOptions Options => new() { Allocator = allocator, RetryDelay = TimeSpan.FromMilliseconds(1), PrefetchBytes = 64 << 10 };

    [Theory]
    [InlineData(1, 4096, null)]
    [InlineData(3, 1000, null)]
    [InlineData(1, 50_000, 64 << 10)]
    public async Task Service_GoneInMidEpoch_IsGoneOnWithElsewhereAtTheNextRow(int world, int batch, int? messageBytes)
    {
        var replica = await FlightHost.StartAsync(new MemorySource().Add("a", Rows), options: Shared);
        await using var other = replica;
        await using var first = await FlightHost.StartAsync(new MemorySource().Add("a", Rows), options: Shared);
        await using var planner = await FlightHost.StartAsync(
            new MemorySource().Add("a", Rows), options: new FlightOptions { Locations = [Grpc(first), Grpc(replica)], TicketKeys = Keys });
        var request = new DatasetRequest("a") { Shuffle = OrderMode.Global, Seed = 3, Batch = batch, World = world, Rank = world - 1, MaxMessageBytes = messageBytes };
        var expected = await ReadAsync(other, request);

        // The plan names two replicas; the one that serves first goes away after a few batches. Both read tickets of the planner's key.
        using var client = planner.Connect(Options);
        var reader = await client.OpenAsync(request, Token);
        var seen = new List<(long Position, long? Id)>();
        var steps = new List<long>();
        var batches = 0;
        await foreach (var received in reader.WithCancellation(Token))
        {
            seen.AddRange(((Int64Array)received.Rows.Column("id")).Select((id, i) => (received.Position + i, id)));
            steps.Add(received.Step);
            received.Dispose();
            if (++batches == 3)
            {
                await first.DisposeAsync();
            }
        }

        Assert.Equal(expected, seen);
        Assert.Equal(reader.Delivery.Steps, steps.Distinct().Count());
        Assert.Equal(steps.Order(), steps);
        Assert.Equal(reader.Delivery.PositionAfter(reader.Delivery.Steps), reader.State.Position);
        Assert.Equal(0, allocator.Bytes);
    }

    [Fact]
    public async Task Replica_WithOtherData_IsRefusedInMidEpoch()
    {
        await using var first = await FlightHost.StartAsync(new MemorySource().Add("a", Rows), options: Shared);
        await using var stranger = await FlightHost.StartAsync(new MemorySource().Add("a", Rows - 1));
        await using var planner = await FlightHost.StartAsync(
            new MemorySource().Add("a", Rows), options: new FlightOptions { Locations = [Grpc(first), Grpc(stranger)], TicketKeys = Keys });
        using var client = planner.Connect(Options);
        var reader = await client.OpenAsync(new DatasetRequest("a") { Shuffle = OrderMode.Global }, Token);

        var error = await Assert.ThrowsAsync<FlightCallException>(async () =>
        {
            await foreach (var batch in reader.WithCancellation(Token))
            {
                batch.Dispose();
                await first.DisposeAsync();
            }
        });

        Assert.Equal(StatusCode.FailedPrecondition, error.Status);
        Assert.Contains("rows was 200000, is 199999", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, allocator.Bytes);
    }

    [Fact]
    public async Task Service_ThatStaysAway_IsGivenUpAfterTheAttempts()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("a", Rows));
        using var client = host.Connect(Options with { Attempts = 3 });
        var reader = await client.OpenAsync(new DatasetRequest("a"), Token);

        var error = await Assert.ThrowsAsync<FlightCallException>(async () =>
        {
            await foreach (var batch in reader.WithCancellation(Token))
            {
                batch.Dispose();
                await host.DisposeAsync();
            }
        });

        Assert.True(error.IsTransient);
        Assert.InRange(reader.State.Position, 1, Rows - 1);
        Assert.Equal(0, allocator.Bytes);
    }

    [Fact]
    public async Task Refusal_ThatIsNotTransient_SurfacesAtOnce()
    {
        var source = new MemorySource().Add("a", 10);
        source.BeforeBatch = (_, _) => throw new InvalidDataException("torn");
        await using var host = await FlightHost.StartAsync(source);
        using var client = host.Connect(Options);
        var reader = await client.OpenAsync(new DatasetRequest("a"), Token);

        var error = await Assert.ThrowsAsync<FlightCallException>(async () => await reader.GetAsyncEnumerator(Token).MoveNextAsync());

        Assert.Equal((StatusCode.DataLoss, 1), (error.Status, source.Reads));
    }

    [Fact]
    public async Task Epochs_FollowEachOther_EachInItsOrder()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("a", 1000));
        using var client = host.Connect(Options);
        var epochs = new List<List<(long Position, long? Id)>>();
        await foreach (var reader in client.EpochsAsync(new DatasetRequest("a") { Shuffle = OrderMode.Global, Epoch = 4, Position = 900 }, Token))
        {
            epochs.Add(await ReadAsync(reader));
            Assert.Equal(3 + epochs.Count, reader.Epoch);
            if (epochs.Count == 3)
            {
                break;
            }
        }

        Assert.Equal([100, 1000, 1000], epochs.Select(epoch => epoch.Count));
        Assert.Equal(await ReadAsync(host, new DatasetRequest("a") { Shuffle = OrderMode.Global, Epoch = 6 }), epochs[2]);
        Assert.NotEqual(epochs[1], epochs[2]);
    }

    private static Uri Grpc(FlightHost host) => new($"grpc+tcp://{host.Address.Authority}");

    private static async Task<List<(long Position, long? Id)>> ReadAsync(FlightHost host, DatasetRequest request)
    {
        using var client = host.Connect();
        return await ReadAsync(await client.OpenAsync(request, Token));
    }

    private static async Task<List<(long Position, long? Id)>> ReadAsync(DatasetReader reader)
    {
        var rows = new List<(long, long?)>();
        await foreach (var batch in reader.WithCancellation(Token))
        {
            rows.AddRange(((Int64Array)batch.Rows.Column("id")).Select((id, i) => (batch.Position + i, id)));
            batch.Dispose();
        }

        return rows;
    }
}
