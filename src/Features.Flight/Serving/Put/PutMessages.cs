using Features.Flight.Protocol;
using Grpc.Core;

namespace Features.Flight.Serving.Put;

/// <summary>The messages of one put, in its limits: bytes in all, and the time that the next may take.</summary>
internal sealed class PutMessages(IAsyncStreamReader<FlightData> messages, PutOptions options, TimeProvider clock)
{
    public FlightData Current => messages.Current;

    /// <summary>Bytes of all messages so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>False when the sender has ended its stream.</summary>
    public async Task<bool> NextAsync(CancellationToken cancellationToken)
    {
        using var idle = new CancellationTokenSource(options.IdleTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, cancellationToken);
        try
        {
            if (!await messages.MoveNext(either.Token).ConfigureAwait(false))
            {
                return false;
            }
        }
        catch (OperationCanceledException) when (idle.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw FlightErrors.TooSlow($"nothing came for {options.IdleTimeout.TotalSeconds:0.#} s, so that the put was given up and nothing of it is kept; send without pauses");
        }

        // Empty messages count too, or a stream of them would have no end.
        Bytes += 1 + Current.DataHeader.Length + Current.DataBody.Length + Current.AppMetadata.Length;
        return Bytes <= options.MaxBytes ? true : throw FlightErrors.Exhausted($"the put has more than {options.MaxBytes} bytes, and nothing of it is kept; send it in several");
    }
}
