using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Apache.Arrow;

namespace Features.Core.PointInTime;

/// <summary>Batches fetched a few ahead of their reader, so that the engine works while the kernel does.</summary>
internal static class BatchesAhead
{
    private const int Most = 8;

    public static async IAsyncEnumerable<RecordBatch> Of(IAsyncEnumerable<RecordBatch> batches, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<RecordBatch>(new BoundedChannelOptions(Most) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var fetching = Task.Run(() => FetchAsync(batches, channel.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var batch in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return batch;
            }
        }
        finally
        {
            // A reader that leaves early leaves batches behind.
            await stop.CancelAsync().ConfigureAwait(false);
            await fetching.ConfigureAwait(false);
            while (channel.Reader.TryRead(out var left))
            {
                left.Dispose();
            }
        }
    }

    private static async Task FetchAsync(IAsyncEnumerable<RecordBatch> batches, ChannelWriter<RecordBatch> writer, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var batch in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            }

            writer.Complete();
        }
        catch (Exception fault)
        {
            writer.TryComplete(fault);
        }
    }
}
