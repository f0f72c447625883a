using System.Buffers.Binary;
using Apache.Arrow.Memory;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Google.Protobuf;

namespace Features.Flight.Serving.DataPlane;

/// <summary>The frames of a <see cref="RankReader"/> as bytes of the wire.</summary>
internal sealed class RankReaderFrames(PlannedRead read, ColumnStore store, int maxMessageBytes, MemoryAllocator allocator) : IFrames
{
    private readonly RankReader reader = new(read, store, maxMessageBytes, allocator);
    private bool hasBegun;
    private byte[] message = [];
    private int done;

    public long Position { get; private set; }

    public long Step { get; private set; }

    public int Rows { get; private set; }

    public bool Next()
    {
        if ((hasBegun ? reader.Next() : reader.Schema) is not { } frame)
        {
            return false;
        }

        hasBegun = true;
        var data = new FlightData
        {
            DataHeader = UnsafeByteOperations.UnsafeWrap(frame.Header),
            AppMetadata = UnsafeByteOperations.UnsafeWrap(frame.Metadata),
            DataBody = UnsafeByteOperations.UnsafeWrap(frame.Body),
        };
        var length = data.CalculateSize();
        message = new byte[5 + length];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), length);
        data.WriteTo(message.AsSpan(5));
        done = 0;
        return true;
    }

    public int Read(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, message.Length - done);
        message.AsSpan(done, count).CopyTo(destination);
        done += count;
        return count;
    }

    public void Dispose() => reader.Dispose();
}
