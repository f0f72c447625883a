using Features.Flight.Client;
using Features.Flight.Client.Streams;
using Grpc.Core;

namespace Features.Flight.Tests.Client.Http2;

/// <summary>One DoGet as a client reads it, whose memory is counted.</summary>
internal sealed class BatchReads
{
    public CountingAllocator Allocator { get; } = new();

    public DatasetClientOptions Options => new() { Allocator = Allocator, MaxMessageBytes = 1 << 20, PrefetchBytes = 64 << 10 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async Task<List<string>> ReadAsync(Uri address)
    {
        using var client = new DatasetClient(address, Options);
        await using var stream = await client.StreamAsync(address, "ticket"u8.ToArray(), Token);
        return await RowsAsync(stream);
    }

    public static async Task<List<string>> RowsAsync(BatchStream stream)
    {
        var rows = new List<string>();
        while (await stream.NextAsync() is { } received)
        {
            using var batch = new DatasetBatch(stream, received, 0, received.Rows, 0, 0);
            Assert.Equal(0, (received.Block?.Address ?? 0) % 64);
            rows.AddRange(Cells.RowsOf(batch.Rows));
        }

        return rows;
    }

    public async Task<Status> RefusedAsync(Uri address, DatasetClientOptions? options = null, bool readOn = false)
    {
        using var client = new DatasetClient(address, options ?? Options);
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await using var stream = await client.StreamAsync(address, "ticket"u8.ToArray(), Token);
            Assert.True(readOn);
            while (await stream.NextAsync() is { } received)
            {
                stream.Return(received);
            }
        });
        return error.Status;
    }
}
