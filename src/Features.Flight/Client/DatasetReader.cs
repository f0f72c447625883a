using Apache.Arrow;
using Features.Flight.Client.Streams;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Flight.Client;

/// <summary>
/// One rank's share of one epoch, planned and ready to be read. Enumerating it again reads the same rows again. Batches are received ahead of the
/// consumer (<see cref="DatasetClientOptions.PrefetchBatches"/>); where a stream breaks off, the reader goes on at the exact next row at the next location.
/// </summary>
public sealed class DatasetReader : IAsyncEnumerable<DatasetBatch>
{
    private readonly DatasetClient client;
    private ReadPlan plan;
    private long waited;

    internal DatasetReader(DatasetClient client, DatasetRequest request, ReadPlan plan)
    {
        (this.client, Request, this.plan) = (client, request, plan);
        State = plan.Start;
    }

    /// <summary>What was asked for.</summary>
    public DatasetRequest Request { get; }

    /// <summary>The columns.</summary>
    public Schema Schema => plan.Schema;

    /// <summary>The order's identity.</summary>
    public Order Order => plan.Start.Order;

    /// <summary>The epoch, from 0.</summary>
    public long Epoch => plan.Start.Epoch;

    /// <summary>The steps, rows and counts of this rank.</summary>
    public DeliveryPlan Delivery => plan.Delivery;

    /// <summary>Bytes of the rows; -1 while the service has not loaded the data set.</summary>
    public long TotalBytes => plan.TotalBytes;

    /// <summary>
    /// Where to resume: it moves on as the last batch of each step is handed out, and does not count what was only prefetched. Any world
    /// and batch may resume from it.
    /// </summary>
    public OrderState State { get; private set; }

    /// <summary>How long the consumer has waited for batches, since it first began to read: beside the job's own time, the share that the data costs it.</summary>
    public TimeSpan Waited => new(Interlocked.Read(ref waited));

    /// <summary>The moment until which the service holds what was planned, if it is renewed no more; null if it does not say.</summary>
    public DateTimeOffset? Expires => plan.Endpoint.ExpirationTime?.ToDateTimeOffset();

    internal FlightEndpoint Endpoint => plan.Endpoint;

    /// <summary>The batches in order. The caller disposes each.</summary>
    /// <exception cref="FlightCallException">The service refused, broke off, or was unavailable more often than <see cref="DatasetClientOptions.Attempts"/> allows.</exception>
    /// <exception cref="OrderMismatchException">The service that took over would go on in another order.</exception>
    public async IAsyncEnumerator<DatasetBatch> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        State = plan.Start;
        var clock = client.Options.Clock;
        var stream = new ResumingStream(client, Request, plan, cancellationToken);
        await using (stream.ConfigureAwait(false))
        {
            while (true)
            {
                var began = clock.GetTimestamp();
                var batch = await stream.NextAsync().ConfigureAwait(false);
                Interlocked.Add(ref waited, clock.GetElapsedTime(began).Ticks);
                if (batch is null)
                {
                    break;
                }

                var (first, count) = plan.Delivery.Step(batch.Step);
                if (batch.Position + batch.Count == first + count)
                {
                    State = plan.Start with { Position = plan.Delivery.PositionAfter(batch.Step + 1) };
                }

                yield return batch;
            }
        }
    }

    /// <summary>
    /// Plans the epoch after this one, from its beginning. It is in the same order of the same data, or refused; with <see cref="DatasetRequest.Follow"/> it may be of a
    /// newer version of the data set.
    /// </summary>
    /// <exception cref="FlightCallException">The service refused, or could not be reached.</exception>
    public Task<DatasetReader> NextEpochAsync(CancellationToken cancellationToken) => client.OpenAsync(
        Request.Follow
            ? Request with { State = null, Epoch = Epoch + 1, Position = 0 }
            : Request with { State = new OrderState(Order, Epoch + 1, 0) },
        cancellationToken);

    internal void Renew(FlightEndpoint endpoint) => plan = plan with { Endpoint = endpoint };
}
