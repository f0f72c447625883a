using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Features.Flight.Serving;

/// <summary>Turns record batches into frames. Two buffers take turns: a frame holds until the next but one is encoded.</summary>
internal sealed class FrameEncoder : IDisposable
{
    // An encapsulated IPC message: a continuation marker and the header's length, both of four bytes, then header and body.
    private const int PrefixBytes = 8;

    private readonly FrameBuffer[] buffers = [new(), new()];
    private readonly Turns turns;
    private readonly ArrowStreamWriter writer;

    public FrameEncoder(Schema schema)
    {
        turns = new Turns(buffers);
        writer = new ArrowStreamWriter(turns, schema, leaveOpen: true);
        writer.WriteStart();
        SchemaMessage = buffers[0].Written.ToArray();
    }

    /// <summary>The schema as an encapsulated IPC message, as FlightInfo and SchemaResult carry it.</summary>
    public ReadOnlyMemory<byte> SchemaMessage { get; }

    /// <summary>The first frame of a stream.</summary>
    public Frame SchemaFrame => Split(SchemaMessage, ReadOnlyMemory<byte>.Empty);

    public static ReadOnlyMemory<byte> EncodeSchema(Schema schema)
    {
        using var encoder = new FrameEncoder(schema);
        return encoder.SchemaMessage;
    }

    public Frame Encode(RecordBatch batch, ReadOnlyMemory<byte> metadata)
    {
        turns.Next();
        writer.WriteRecordBatch(batch);
        return Split(turns.Current.Written, metadata);
    }

    public void Dispose()
    {
        writer.Dispose();
        turns.Dispose();
        foreach (var buffer in buffers)
        {
            buffer.Dispose();
        }
    }

    private static Frame Split(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> metadata)
    {
        var header = BinaryPrimitives.ReadInt32LittleEndian(message.Span[(PrefixBytes / 2)..]);
        return new Frame(message.Slice(PrefixBytes, header), message[(PrefixBytes + header)..], metadata);
    }

    // The writer keeps one stream; this one leads to each buffer in turn.
    private sealed class Turns(FrameBuffer[] buffers) : Stream
    {
        private int turn;

        public FrameBuffer Current => buffers[turn];

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Current.Length;

        public override long Position
        {
            get => Current.Position;
            set => throw new NotSupportedException();
        }

        public void Next()
        {
            turn = (turn + 1) % buffers.Length;
            Current.Clear();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => Current.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => Current.Write(buffer, offset, count);

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
