using System.Buffers.Binary;
using System.Buffers.Text;
using Features.Flight.Layout;

namespace Features.Flight.Frames;

/// <summary>
/// What stands before a message's body on the wire: gRPC's five bytes, the fields of <c>FlightData</c> that come before the body, and the body's
/// tag and length. The header and the metadata are padded so that the body begins 64 bytes, or a multiple, behind the message's first byte:
/// a client that aligns the message has aligned every buffer in it.
/// </summary>
internal sealed class FrameHead
{
    private const int PrefixBytes = 5;
    private const int MetadataRoom = 72;
    private const byte HeaderTag = (2 << 3) | 2;
    private const byte MetadataTag = (3 << 3) | 2;

    // Field 1000, whose tag takes two bytes.
    private const int BodyTag = (1000 << 3) | 2;
    private byte[] bytes = [];
    private int length;

    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, length);

    /// <summary>No head of a batch is longer.</summary>
    public static int MostBytes(int nodes, int buffers) => PrefixBytes + RecordBatchHeader.BytesFor(nodes, buffers) + MetadataRoom + (2 * RecordBatchHeader.BodyAlignment);

    /// <summary>The whole frame of a schema, which has no body.</summary>
    public void SetSchema(ReadOnlySpan<byte> header)
    {
        Reserve(PrefixBytes + 16 + header.Length);
        var at = PrefixBytes;
        bytes[at++] = HeaderTag;
        at += PutVarint(at, header.Length);
        header.CopyTo(bytes.AsSpan(at));
        Finish(at + header.Length, bodyBytes: 0);
    }

    /// <summary>The head of a batch, of the rows from <paramref name="position"/> in a step.</summary>
    /// <returns>Bytes of the whole frame.</returns>
    /// <exception cref="OverflowException">The frame would have 2^31 bytes or more.</exception>
    public int SetBatch(BatchBody body, long rows, long position, long step)
    {
        var bodyBytes = checked((int)RecordBatchHeader.BodyBytes(body.Buffers));
        Reserve(MostBytes(body.Nodes.Length, body.Buffers.Length));
        Span<byte> metadata = stackalloc byte[MetadataRoom];
        var metadataBytes = PutMetadata(metadata, position, step);
        var headerBytes = RecordBatchHeader.BytesFor(body.Nodes.Length, body.Buffers.Length);
        Align(ref headerBytes, ref metadataBytes, bodyBytes);

        var at = PrefixBytes;
        bytes[at++] = HeaderTag;
        at += PutVarint(at, headerBytes);
        RecordBatchHeader.Write(bytes.AsSpan(at, headerBytes), rows, body.Nodes, body.Buffers);
        at += headerBytes;
        bytes[at++] = MetadataTag;
        at += PutVarint(at, metadataBytes);
        metadata[..metadataBytes].CopyTo(bytes.AsSpan(at));
        at += metadataBytes;
        at += PutVarint(at, BodyTag);
        at += PutVarint(at, bodyBytes);
        Finish(at, bodyBytes);
        return checked(at + bodyBytes);
    }

    private static int VarintBytes(int value) => value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;

    // A flatbuffer may have zeros behind it, by eights; JSON may have spaces.
    private static void Align(ref int headerBytes, ref int metadataBytes, int bodyBytes)
    {
        for (var padding = 0; padding < 2 * RecordBatchHeader.BodyAlignment; padding++)
        {
            var (header, metadata) = (headerBytes + (padding & ~7), metadataBytes + (padding & 7));
            if ((1 + VarintBytes(header) + header + 1 + VarintBytes(metadata) + metadata + VarintBytes(BodyTag) + VarintBytes(bodyBytes)) % RecordBatchHeader.BodyAlignment == 0)
            {
                (headerBytes, metadataBytes) = (header, metadata);
                return;
            }
        }
    }

    private static int PutMetadata(Span<byte> target, long position, long step)
    {
        target.Fill((byte)' ');
        var at = Put(target, 0, "{\"position\":"u8);
        Utf8Formatter.TryFormat(position, target[at..], out var digits);
        at = Put(target, at + digits, ",\"step\":"u8);
        Utf8Formatter.TryFormat(step, target[at..], out digits);
        return Put(target, at + digits, "}"u8);
    }

    private static int Put(Span<byte> target, int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target[at..]);
        return at + text.Length;
    }

    private int PutVarint(int at, int value)
    {
        var first = at;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[at++] = (byte)(value | 0x80);
        }

        bytes[at++] = (byte)value;
        return at - first;
    }

    // Uncompressed, and the message's length.
    private void Finish(int end, int bodyBytes)
    {
        bytes[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), (uint)(end - PrefixBytes + bodyBytes));
        length = end;
    }

    private void Reserve(int needed)
    {
        if (bytes.Length < needed)
        {
            bytes = new byte[needed];
        }
    }
}
