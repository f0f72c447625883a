using System.Buffers;
using System.Buffers.Binary;
using Features.Flight.Client.Memory;
using Grpc.Core;

namespace Features.Flight.Client.Messages;

/// <summary>
/// Takes a gRPC response apart into FlightData messages, wherever its bytes are cut. What stands before a body is small and is copied; the body
/// has a block of its own, which the transport may receive into.
/// </summary>
internal sealed class FlightDataReader(BodyPool pool, int maxMessageBytes, IMessageSink sink) : IDisposable
{
    private const int PrefixBytes = 5;
    private const int HeaderField = 2;
    private const int MetadataField = 3;
    private const int BodyField = 1000;

    private readonly byte[] prefix = new byte[PrefixBytes];
    private readonly ArrayBufferWriter<byte> header = new(1024);
    private readonly ArrayBufferWriter<byte> metadata = new(64);
    private BodyBlock? body;
    private int bodyBytes;
    private Stage stage;
    private int messageBytes;
    private int messageLeft;
    private int got;
    private ulong number;
    private int shift;
    private int field;
    private int fieldLeft;

    private enum Stage
    {
        Prefix,
        Tag,
        Length,
        Varint,
        Skip,
        Header,
        Metadata,
        Body,
    }

    /// <summary>Where the rest of the body that is being received belongs; empty if something else comes next.</summary>
    public Memory<byte> Target => stage == Stage.Body ? body!.Memory.Slice(bodyBytes - fieldLeft, fieldLeft) : default;

    /// <summary>Bytes of the message that came last, or is coming.</summary>
    public int MessageBytes => messageBytes;

    /// <summary>Bytes that the message that is coming still lacks.</summary>
    public int MessageLeft => messageLeft;

    public bool IsBetweenMessages => stage == Stage.Prefix && got == 0;

    /// <summary>So many bytes stand in <see cref="Target"/>.</summary>
    public void Advance(int count)
    {
        messageLeft -= count;
        fieldLeft -= count;
        EndIfDone();
    }

    /// <exception cref="RpcException">The message is malformed, compressed, or larger than allowed.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (stage == Stage.Prefix)
            {
                WritePrefix(ref bytes);
            }
            else if (stage is Stage.Tag or Stage.Length or Stage.Varint)
            {
                WriteNumber(bytes[0]);
                bytes = bytes[1..];
            }
            else
            {
                var part = bytes[..Math.Min(bytes.Length, fieldLeft)];
                Copy(part);
                bytes = bytes[part.Length..];
                Advance(part.Length);
            }
        }
    }

    public void Dispose()
    {
        if (body is not null)
        {
            pool.Return(body);
            body = null;
        }

        // Nothing is expected any more.
        (stage, got, messageLeft) = (Stage.Prefix, 0, 0);
    }

    private static RpcException Malformed() => new(new Status(StatusCode.Internal, "the server sends a message that is no FlightData"));

    private void WritePrefix(ref ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(PrefixBytes - got, bytes.Length);
        bytes[..count].CopyTo(prefix.AsSpan(got));
        bytes = bytes[count..];
        got += count;
        if (got < PrefixBytes)
        {
            return;
        }

        got = 0;
        if (prefix[0] != 0)
        {
            throw new RpcException(new Status(StatusCode.Internal, "the server sends compressed messages, which it was not offered"));
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        if (length > (uint)maxMessageBytes)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, $"the server sends a message of {length} bytes; MaxMessageBytes of the client allows {maxMessageBytes}"));
        }

        messageBytes = messageLeft = (int)length;
        header.ResetWrittenCount();
        metadata.ResetWrittenCount();
        sink.Begin(messageBytes);
        (stage, number, shift) = (Stage.Tag, 0, 0);
        EndIfDone();
    }

    // A tag, a length or a number, seven bits an octet.
    private void WriteNumber(byte octet)
    {
        messageLeft--;
        number |= shift < 64 ? (ulong)(octet & 0x7F) << shift : 0;
        shift += 7;
        if (octet >= 0x80)
        {
            if (shift >= 70 || messageLeft == 0)
            {
                throw Malformed();
            }

            return;
        }

        var value = number;
        (number, shift) = (0, 0);
        if (stage == Stage.Tag)
        {
            BeginField(value);
        }
        else if (stage == Stage.Length)
        {
            BeginBytes(value);
        }
        else
        {
            stage = Stage.Tag;
            EndIfDone();
        }
    }

    private void BeginField(ulong tag)
    {
        field = (int)(tag >> 3);
        switch (tag & 7)
        {
            case 0:
                stage = Stage.Varint;
                break;
            case 1:
                (stage, fieldLeft) = (Stage.Skip, 8);
                break;
            case 2:
                stage = Stage.Length;
                break;
            case 5:
                (stage, fieldLeft) = (Stage.Skip, 4);
                break;
            default:
                throw Malformed();
        }

        if (messageLeft == 0 || (stage == Stage.Skip && fieldLeft > messageLeft))
        {
            throw Malformed();
        }
    }

    private void BeginBytes(ulong length)
    {
        if (length > (ulong)messageLeft)
        {
            throw Malformed();
        }

        fieldLeft = (int)length;
        switch (field)
        {
            case HeaderField:
                header.ResetWrittenCount();
                stage = Stage.Header;
                break;
            case MetadataField:
                metadata.ResetWrittenCount();
                stage = Stage.Metadata;
                break;
            case BodyField:
                DropBody();
                stage = Stage.Body;
                bodyBytes = fieldLeft;
                body = fieldLeft > 0 ? pool.Rent(fieldLeft) : null;
                break;
            default:
                stage = Stage.Skip;
                break;
        }

        EndIfDone();
    }

    private void Copy(ReadOnlySpan<byte> part)
    {
        switch (stage)
        {
            case Stage.Header:
                header.Write(part);
                break;
            case Stage.Metadata:
                metadata.Write(part);
                break;
            case Stage.Body:
                part.CopyTo(Target.Span);
                break;
            default:
                break;
        }
    }

    private void EndIfDone()
    {
        if (stage is Stage.Header or Stage.Metadata or Stage.Body or Stage.Skip && fieldLeft == 0)
        {
            stage = Stage.Tag;
        }

        if (messageLeft > 0 || stage != Stage.Tag)
        {
            return;
        }

        stage = Stage.Prefix;
        var (block, count) = (body, bodyBytes);
        (body, bodyBytes) = (null, 0);
        sink.Message(header.WrittenSpan, metadata.WrittenSpan, block, count, PrefixBytes + messageBytes);
    }

    // Of a field that comes twice the last one counts.
    private void DropBody()
    {
        if (body is not null)
        {
            pool.Return(body);
            body = null;
        }
    }
}
