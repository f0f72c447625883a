using System.Buffers;
using System.Globalization;
using System.Text;
using Apache.Arrow.Memory;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Flight.Serving;

/// <summary>
/// One rank's frames in order, from the cache. A step is one batch, or several where it would be larger than a message may be. Memory:
/// one gathered batch and the encoder's two frames, however long the epoch.
/// </summary>
internal sealed class RankReader : IDisposable
{
    private readonly PlannedRead read;
    private readonly ColumnStore store;
    private readonly EpochOrder epoch;
    private readonly FrameEncoder encoder;
    private readonly MemoryArena arena;
    private readonly int maxBytes;
    private int maxRows;
    private long step;
    private int done;

    public RankReader(PlannedRead read, ColumnStore store, int maxMessageBytes, MemoryAllocator allocator)
    {
        (this.read, this.store) = (read, store);
        epoch = read.Order.InEpoch(read.Epoch);
        encoder = new FrameEncoder(read.Schema);
        // Header, metadata, and the padding of every buffer to 64 bytes.
        maxBytes = maxMessageBytes - (8 << 10) - (read.Ordinals.Length * 256);
        var rowBytes = store.Rows == 0 ? 1 : Math.Max(1, store.BytesOf(read.Ordinals) / store.Rows);
        maxRows = (int)Math.Clamp(maxBytes / rowBytes, 1, DatasetRequest.MaxBatch);
        arena = new MemoryArena(allocator, blockBytes: (int)Math.Min(maxMessageBytes, Math.Max(4096, rowBytes * read.Delivery.Delivery.Batch * 5 / 4)));
    }

    public Frame Schema => encoder.SchemaFrame;

    /// <summary>The next frame; null after the last. It holds until the next but one is asked for.</summary>
    public Frame? Next()
    {
        if (step >= read.Delivery.Steps)
        {
            return null;
        }

        var (first, count) = read.Delivery.Step(step);
        var rows = Math.Min(count - done, maxRows);
        var samples = ArrayPool<long>.Shared.Rent(rows);
        try
        {
            epoch.Fill(first + done, samples.AsSpan(0, rows));
            var frame = Encode(first + done, samples, ref rows);
            done += rows;
            if (done == count)
            {
                (step, done) = (step + 1, 0);
            }

            return frame;
        }
        finally
        {
            ArrayPool<long>.Shared.Return(samples);
        }
    }

    public void Dispose()
    {
        encoder.Dispose();
        arena.Dispose();
    }

    // Rows of uneven width may be larger than their mean: the batch is then cut until it fits.
    private Frame Encode(long position, long[] samples, ref int rows)
    {
        while (true)
        {
            arena.Reset();
            var batch = store.Gather(read.Schema, read.Ordinals, samples.AsSpan(0, rows), arena);
            if (rows == 1 || ArrowBytes.Of(batch) <= maxBytes)
            {
                return encoder.Encode(batch, Metadata(position));
            }

            rows /= 2;
            maxRows = rows;
        }
    }

    private byte[] Metadata(long position) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"position\":{position},\"step\":{step}}}"));
}
