using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Client;
using Features.Cli.Output;
using Grpc.Net.Client;

namespace Features.Cli.Demo.Training;

/// <summary>A data set behind an address, read with the stock Arrow Flight client: what any training job can do. Keeps account of the time spent waiting for data.</summary>
internal sealed class ServedDataset : IDisposable
{
    private readonly GrpcChannel channel;
    private readonly FlightClient client;
    private readonly string name;
    private readonly Stopwatch waiting = new();

    public ServedDataset(string address, string name)
    {
        channel = GrpcChannel.ForAddress(FlightAddress.ToHttp(address));
        client = new FlightClient(channel);
        this.name = name;
    }

    /// <summary>The time spent waiting for batches so far.</summary>
    public TimeSpan Waited => waiting.Elapsed;

    /// <summary>Rows read so far, over all passes.</summary>
    public long RowsRead { get; private set; }

    public async Task<Schema> GetSchemaAsync(CancellationToken cancellationToken) =>
        (await client.GetInfo(Describe(new JsonObject()), [], null, cancellationToken)).Schema;

    /// <summary>One pass. <paramref name="shuffleEpoch"/> null reads in stored order; else in the seeded order of that epoch. The caller disposes each batch.</summary>
    public async IAsyncEnumerable<RecordBatch> ReadAsync(
        IEnumerable<string> columns, int batchSize, long seed, int? shuffleEpoch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new JsonObject
        {
            ["batch"] = batchSize,
            ["columns"] = new JsonArray([.. columns.Select(c => (JsonNode)c)]),
            ["shuffle"] = shuffleEpoch is null ? "none" : "global",
        };
        if (shuffleEpoch is { } epoch)
        {
            request["seed"] = seed;
            request["epoch"] = epoch;
        }

        waiting.Start();
        var info = await client.GetInfo(Describe(request), [], null, cancellationToken);
        waiting.Stop();
        foreach (var endpoint in info.Endpoints)
        {
            using var call = client.GetStream(endpoint.Ticket, []);
            while (true)
            {
                waiting.Start();
                var more = await call.ResponseStream.MoveNext(cancellationToken);
                waiting.Stop();
                if (!more)
                {
                    break;
                }

                RowsRead += call.ResponseStream.Current.Length;
                yield return call.ResponseStream.Current;
            }
        }
    }

    public void Dispose() => channel.Dispose();

    private FlightDescriptor Describe(JsonObject request)
    {
        request["dataset"] = name;
        return FlightDescriptor.CreateCommandDescriptor(JsonText.Line(request));
    }
}
