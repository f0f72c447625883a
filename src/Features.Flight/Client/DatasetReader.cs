using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Flight.Client;

/// <summary>One rank's share of one epoch, planned and ready to be read. Enumerating it again reads the same rows again.</summary>
public sealed class DatasetReader : IAsyncEnumerable<DatasetBatch>
{
    private readonly DatasetClient client;
    private readonly FlightEndpoint endpoint;
    private readonly ReadPlan plan;

    internal DatasetReader(DatasetClient client, FlightInfo info, Schema schema)
    {
        (this.client, endpoint, Schema) = (client, info.Endpoint[0], schema);
        plan = ReadPlan.Parse(info.AppMetadata.Memory);
        State = plan.Start;
        TotalBytes = info.TotalBytes;
    }

    /// <summary>The columns.</summary>
    public Schema Schema { get; }

    /// <summary>The order's identity.</summary>
    public Order Order => plan.Start.Order;

    /// <summary>The steps, rows and counts of this rank.</summary>
    public DeliveryPlan Delivery => plan.Delivery;

    /// <summary>Bytes of the rows; -1 while the service has not loaded the data set.</summary>
    public long TotalBytes { get; }

    /// <summary>
    /// Where to resume: it moves on as the last batch of each step is handed out, and does not count what was only prefetched. Any world
    /// and batch may resume from it.
    /// </summary>
    public OrderState State { get; private set; }

    /// <summary>The batches in order. The caller disposes each.</summary>
    /// <exception cref="FlightCallException">The service refused, or broke off.</exception>
    public async IAsyncEnumerator<DatasetBatch> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        State = plan.Start;
        using var call = await client.StartAsync(endpoint, cancellationToken).ConfigureAwait(false);
        using var feed = new MessageFeed();
        using var decoder = new ArrowStreamReader(feed, client.Allocator, leaveOpen: true);
        var messages = call.ResponseStream;
        feed.Set(messages.Current.DataHeader.Memory, messages.Current.DataBody.Memory);
        await decoder.GetSchema(cancellationToken).ConfigureAwait(false);
        while (await client.MoveNextAsync(messages, cancellationToken).ConfigureAwait(false))
        {
            var message = messages.Current;
            feed.Set(message.DataHeader.Memory, message.DataBody.Memory);
            var rows = await decoder.ReadNextRecordBatchAsync(cancellationToken).ConfigureAwait(false);
            var (position, step) = PlaceOf(message.AppMetadata.Memory);
            var (first, count) = plan.Delivery.Step(step);
            if (position + rows.Length == first + count)
            {
                State = plan.Start with { Position = plan.Delivery.PositionAfter(step + 1) };
            }

            yield return new DatasetBatch(rows, position, step);
        }
    }

    private static (long Position, long Step) PlaceOf(ReadOnlyMemory<byte> metadata)
    {
        using var json = JsonDocument.Parse(metadata);
        return (json.RootElement.GetProperty("position").GetInt64(), json.RootElement.GetProperty("step").GetInt64());
    }
}
