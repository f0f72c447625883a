using System.Runtime.CompilerServices;
using Features.Flight.Client.Messages;
using Features.Flight.Protocol;
using Features.Ordering;
using Grpc.Core;

namespace Features.Flight.Client.Streams;

/// <summary>
/// One rank's epoch as one run of batches, whatever becomes of the servers: where a stream breaks off, the next location plans the rest anew and goes on at the
/// exact next row. It refuses to go on in another order, and lets no row come twice or not at all.
/// </summary>
internal sealed class ResumingStream : IAsyncDisposable
{
    private readonly DatasetClient client;
    private readonly DatasetRequest request;
    private readonly ReadPlan first;
    private readonly CancellationToken cancellationToken;
    private readonly IReadOnlyList<Uri> locations;
    private ReadPlan plan;
    private BatchStream? stream;
    private CancellationTokenRegistration cancelling;
    private long planSteps;
    private long step;
    private int rowsOfStep;
    private int location;
    private int failures;
    private bool isStale;

    public ResumingStream(DatasetClient client, DatasetRequest request, ReadPlan first, CancellationToken cancellationToken)
    {
        (this.client, this.request, this.first, plan, this.cancellationToken) = (client, request, first, first, cancellationToken);
        locations = first.Locations(client.Address);
    }

    /// <summary>The next batch; null at the epoch's end.</summary>
    /// <exception cref="FlightCallException">The service refused, or was unavailable too often in a row.</exception>
    /// <exception cref="OrderMismatchException">The service would go on in another order.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<DatasetBatch?> NextAsync()
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                stream ??= await OpenAsync().ConfigureAwait(false);
                var batch = await stream.NextAsync().ConfigureAwait(false);
                if (batch is null)
                {
                    return step == first.Delivery.Steps ? null : throw Lost($"the stream ended after {step} of {first.Delivery.Steps} steps");
                }

                if (Place(batch) is { } placed)
                {
                    failures = 0;
                    return placed;
                }
            }
            catch (RpcException fault) when (fault.StatusCode == StatusCode.Unavailable && failures + 1 < client.Options.Attempts)
            {
                await CloseAsync().ConfigureAwait(false);
                isStale |= step > 0 || rowsOfStep > 0;
            }
            catch (RpcException fault)
            {
                throw DatasetClient.Refused(fault, locations[location], cancellationToken);
            }

            if (stream is null)
            {
                await client.PauseAsync(failures++, cancellationToken).ConfigureAwait(false);
                location = (location + 1) % locations.Count;
            }
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private static RpcException Lost(string message) => new(new Status(StatusCode.DataLoss, message));

    private async ValueTask CloseAsync()
    {
        await cancelling.DisposeAsync().ConfigureAwait(false);
        if (stream is not null)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            stream = null;
        }
    }

    private async Task<BatchStream> OpenAsync()
    {
        if (isStale || !plan.Holds(client.Options.Clock.GetUtcNow()))
        {
            plan = await ReplanAsync().ConfigureAwait(false);
            (planSteps, isStale) = (step, false);
        }

        var opened = await client.StreamAsync(locations[location], plan.Endpoint.Ticket.Ticket_.Memory, cancellationToken).ConfigureAwait(false);
        cancelling = cancellationToken.UnsafeRegister(static (state, token) => ((BatchStream)state!).Abort(new OperationCanceledException(token)), opened);
        return opened;
    }

    private async Task<ReadPlan> ReplanAsync()
    {
        var state = first.Start with { Position = first.Delivery.PositionAfter(step) };
        var anew = await client.PlanAsync(locations[location], request with { State = state }, cancellationToken).ConfigureAwait(false);
        state.Check(anew.Start.Order);
        if (anew.Start != state || anew.Delivery.Delivery != first.Delivery.Delivery || anew.Delivery.Steps + step != first.Delivery.Steps || !IsSame(anew))
        {
            throw Lost("the service would go on with other steps or columns than those that the epoch began with");
        }

        return anew;
    }

    private bool IsSame(ReadPlan anew) => anew.Schema.FieldsList.Select(field => (field.Name, field.DataType.Name))
        .SequenceEqual(first.Schema.FieldsList.Select(field => (field.Name, field.DataType.Name)));

    /// <summary>The rows of a message that were not handed out before; null if there are none. The steps are those of the whole epoch.</summary>
    private DatasetBatch? Place(ReceivedBatch batch)
    {
        if (batch.Place is not { } place || step >= first.Delivery.Steps || place.Step + planSteps != step)
        {
            var found = batch.Place is { } p ? $"step {p.Step + planSteps}" : "no step";
            stream!.Return(batch);
            throw Lost($"the service sends a batch of {found} where step {step} is due");
        }

        // After a resumption the step is sent from its beginning; its first rows are with the consumer already.
        var (begins, count) = first.Delivery.Step(step);
        var skip = begins + rowsOfStep - place.Position;
        if (skip < 0 || place.Position < begins || place.Position + batch.Rows > begins + count)
        {
            stream!.Return(batch);
            throw Lost($"the service sends the positions [{place.Position}, {place.Position + batch.Rows}) where {begins + rowsOfStep} is due");
        }

        if (skip >= batch.Rows)
        {
            stream!.Return(batch);
            return null;
        }

        var placed = new DatasetBatch(stream, batch, (int)skip, batch.Rows - (int)skip, place.Position + skip, step);
        rowsOfStep += placed.Count;
        if (rowsOfStep == count)
        {
            (step, rowsOfStep) = (step + 1, 0);
        }

        return placed;
    }
}
