using Features.Flight.Layout;
using Features.Flight.Serving;

namespace Features.Flight.Frames;

/// <summary>
/// One rank's messages in order, as they go over the wire: first the schema, then each step as one batch, or as several where it would be larger
/// than a message may be. A message's bytes are gathered from the store when they are read, straight to where the reader wants them;
/// nothing is held for a reader but what says where its next bytes are.
/// </summary>
/// <remarks>
/// A frame is <c>[0 | u32be length][0x12 data_header][0x1A app_metadata][0xC2 0x3E data_body]</c>: gRPC's prefix and a protobuf <c>FlightData</c>.
/// </remarks>
internal sealed class RankFrames : IDisposable
{
    private readonly PlannedRead read;
    private readonly FrameRows rows;
    private readonly ChunkedColumn[] columns;
    private readonly BatchBody body = new();
    private readonly FrameHead head = new();
    private long nextStep;
    private int stepRows;
    private bool hasBegun;
    private int given;
    private int buffer;
    private int padding;

    /// <param name="read">What is read.</param>
    /// <param name="store">Its rows, which must outlive the frames.</param>
    /// <param name="maxMessageBytes">Bytes that no message exceeds, unless it is one row.</param>
    public RankFrames(PlannedRead read, ColumnStore store, int maxMessageBytes)
    {
        this.read = read;
        rows = new FrameRows(read, store, maxMessageBytes);
        columns = [.. read.Ordinals.Select(store.Column)];
    }

    /// <summary>Bytes of the frame, its prefix among them.</summary>
    public int FrameBytes { get; private set; }

    /// <summary>The epoch's position of the frame's first row.</summary>
    public long Position { get; private set; }

    /// <summary>The step that the frame belongs to, counted from the first of this read.</summary>
    public long Step { get; private set; }

    /// <summary>Bytes that are held for the reader, whatever its pace.</summary>
    public long HeldBytes => body.Scratch.Bytes + head.Bytes.Length;

    /// <summary>The frame's rows; 0 for the schema.</summary>
    public int Rows { get; private set; }

    /// <summary>Goes to the next frame, whether or not the one before was read whole.</summary>
    /// <returns>False behind the last.</returns>
    public bool Next()
    {
        (given, buffer, padding) = (0, 0, 0);
        if (!hasBegun)
        {
            hasBegun = true;
            head.SetSchema(SchemaMessage.Header(read.Schema).Span);
            FrameBytes = head.Bytes.Length;
            return true;
        }

        body.Reset();
        if (nextStep >= read.Delivery.Steps)
        {
            (FrameBytes, Rows) = (0, 0);
            return false;
        }

        var (first, count) = read.Delivery.Step(nextStep);
        (Position, Step) = (first + stepRows, nextStep);
        var set = rows.Next(Position, count - stepRows, body.Scratch);
        foreach (var column in columns)
        {
            column.Lay(set, body);
        }

        Rows = set.Rows;
        FrameBytes = head.SetBatch(body, Rows, Position, Step);
        stepRows += Rows;
        if (stepRows == count)
        {
            (nextStep, stepRows) = (nextStep + 1, 0);
        }

        return true;
    }

    /// <summary>Writes the next bytes of the frame.</summary>
    /// <returns>How many: as many as there is room for, or are left; 0 when the frame is whole.</returns>
    public int Read(Span<byte> destination)
    {
        var read = 0;
        while (read < destination.Length && given < FrameBytes)
        {
            var count = ReadSome(destination[read..]);
            read += count;
            given += count;
        }

        return read;
    }

    public void Dispose() => body.Dispose();

    private int ReadSome(Span<byte> destination)
    {
        if (given < head.Bytes.Length)
        {
            var some = head.Bytes[given..];
            some = some[..Math.Min(some.Length, destination.Length)];
            some.CopyTo(destination);
            return some.Length;
        }

        if (padding > 0)
        {
            var zeros = Math.Min(padding, destination.Length);
            destination[..zeros].Clear();
            padding -= zeros;
            return zeros;
        }

        ref var source = ref body.Buffers[buffer];
        var count = (int)Math.Min(source.Length - source.Written, destination.Length);
        source.Write(destination[..count]);
        if (source.Written == source.Length)
        {
            padding = (int)(RecordBatchHeader.Padded(source.Length) - source.Length);
            buffer++;
        }

        return count;
    }
}
