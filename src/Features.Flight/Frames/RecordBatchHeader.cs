using System.Buffers.Binary;
using Features.Flight.Layout;

namespace Features.Flight.Frames;

/// <summary>
/// The header of a record batch in Arrow's IPC format: the flatbuffer <c>Message</c> (<c>format/Message.fbs</c>, metadata version 5) with the tables at
/// fixed places, so that it is written in one pass. Body buffers are padded to 64 bytes.
/// </summary>
internal static class RecordBatchHeader
{
    public const int BodyAlignment = 64;

    // Places in the flatbuffer. A table begins with the distance back to its vtable, which lists its size and where its fields are.
    private const int MessageVtable = 4;
    private const int Message = 20;
    private const int BatchVtable = 40;
    private const int Batch = 52;
    private const int NodeCount = 76;
    private const int Nodes = 80;
    private const int NodeBytes = 16;
    private const int BufferBytes = 16;
    private const short MetadataV5 = 4;
    private const byte RecordBatchType = 3;

    /// <summary>Bytes of a header, a multiple of 8.</summary>
    public static int BytesFor(int nodes, int buffers) => Nodes + (nodes * NodeBytes) + 8 + (buffers * BufferBytes);

    /// <summary>Bytes of a body, its padding among them.</summary>
    public static long BodyBytes(ReadOnlySpan<BodyBuffer> buffers)
    {
        var bytes = 0L;
        foreach (ref readonly var buffer in buffers)
        {
            bytes += Padded(buffer.Length);
        }

        return bytes;
    }

    public static long Padded(long length) => (length + BodyAlignment - 1) & -BodyAlignment;

    /// <summary>Writes the header of <see cref="BytesFor"/> bytes; what <paramref name="target"/> has beyond is zeroed, which readers pass over.</summary>
    public static void Write(Span<byte> target, long rows, ReadOnlySpan<BatchNode> nodes, ReadOnlySpan<BodyBuffer> buffers)
    {
        target.Clear();
        Put(target, 0, Message);

        // version, header_type, header, bodyLength
        PutVtable(target[MessageVtable..], 20, [4, 6, 8, 12]);
        Put(target, Message, Message - MessageVtable);
        BinaryPrimitives.WriteInt16LittleEndian(target[(Message + 4)..], MetadataV5);
        target[Message + 6] = RecordBatchType;
        Put(target, Message + 8, Batch - (Message + 8));
        PutLong(target, Message + 12, BodyBytes(buffers));

        // length, nodes, buffers
        var bufferCount = Nodes + (nodes.Length * NodeBytes) + 4;
        PutVtable(target[BatchVtable..], 20, [4, 12, 16]);
        Put(target, Batch, Batch - BatchVtable);
        PutLong(target, Batch + 4, rows);
        Put(target, Batch + 12, NodeCount - (Batch + 12));
        Put(target, Batch + 16, bufferCount - (Batch + 16));

        Put(target, NodeCount, nodes.Length);
        var at = Nodes;
        foreach (var node in nodes)
        {
            PutLong(target, at, node.Length);
            PutLong(target, at + 8, node.Nulls);
            at += NodeBytes;
        }

        Put(target, bufferCount, buffers.Length);
        at = bufferCount + 4;
        var offset = 0L;
        foreach (ref readonly var buffer in buffers)
        {
            PutLong(target, at, offset);
            PutLong(target, at + 8, buffer.Length);
            at += BufferBytes;
            offset += Padded(buffer.Length);
        }
    }

    private static void PutVtable(Span<byte> target, short tableBytes, ReadOnlySpan<short> fields)
    {
        BinaryPrimitives.WriteInt16LittleEndian(target, (short)(4 + (fields.Length * 2)));
        BinaryPrimitives.WriteInt16LittleEndian(target[2..], tableBytes);
        for (var i = 0; i < fields.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(target[(4 + (i * 2))..], fields[i]);
        }
    }

    private static void Put(Span<byte> target, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(target[at..], value);

    private static void PutLong(Span<byte> target, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(target[at..], value);
}
