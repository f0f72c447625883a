using System.Text;
using System.Text.Json;
using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Client;
using Features.Flight.Serving.DataPlane;
using Features.Ordering;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Features.Flight.Tests.Serving.DataPlane;

/// <summary>32 ranks at once, every other one slow, with the stock client.</summary>
public class SoakTests
{
    private const int World = 32;
    private const int Rows = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ranks_SlowAndFast_EachGetTheirOwnRowsInOrderWithinBoundedMemory()
    {
        var source = new MemorySource { BatchRows = 1 << 16 }.Add("all", Rows);
        await using var host = await FlightHost.StartAsync(source);
        var pool = host.Services.GetRequiredService<BlockPool>();
        var expected = new long[Rows];
        new Order(source.Plan("all").Dataset.Digest, Rows, OrderMode.Global, 7).InEpoch(0).Fill(0, expected);
        var fastDone = new TaskCompletionSource();
        var slow = Enumerable.Range(0, World / 2).Select(i => ReadAsync(host, (2 * i) + 1, fastDone.Task)).ToList();
        var fast = Enumerable.Range(0, World / 2).Select(i => ReadAsync(host, 2 * i, Task.CompletedTask)).ToList();

        var streams = (await Task.WhenAll(fast)).ToList();
        Assert.InRange(pool.RentedBytes, 0, World * 2_000_000L);
        fastDone.SetResult();
        streams.AddRange(await Task.WhenAll(slow));

        var seen = 0;
        foreach (var (position, id) in streams.SelectMany(stream => stream))
        {
            Assert.Equal(expected[position], id);
            expected[position] = -1;
            seen++;
        }

        Assert.Equal(Rows, seen);
        Assert.InRange(host.Allocator.Peak, Rows * 12, (Rows * 12) + (2 << 20));
    }

    private static async Task<List<(long Position, long Id)>> ReadAsync(FlightHost host, int rank, Task afterFirst)
    {
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightClient(channel);
        var info = await client.GetInfo(FlightDescriptor.CreateCommandDescriptor(Encoding.UTF8.GetBytes(
            $$"""{"dataset":"all","shuffle":"global","seed":7,"batch":1024,"rank":{{rank}},"world":{{World}}}""")));
        var rows = new List<(long, long)>();
        using var call = client.GetStream(info.Endpoints.Single().Ticket);
        while (await call.ResponseStream.MoveNext(Token))
        {
            using var batch = call.ResponseStream.Current;
            using var metadata = JsonDocument.Parse(call.ResponseStream.ApplicationMetadata.Single().Memory);
            var position = metadata.RootElement.GetProperty("position").GetInt64();
            var ids = ((Apache.Arrow.Int64Array)batch.Column(0)).Values;
            for (var i = 0; i < ids.Length; i++)
            {
                rows.Add((position + i, ids[i]));
            }

            await afterFirst;
        }

        return rows;
    }
}
