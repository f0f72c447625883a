using System.Buffers;
using CsCheck;
using Features.Flight.Protocol;
using Features.Flight.Serving.DataPlane;
using Google.Protobuf;
using Grpc.Core;

namespace Features.Flight.Tests.Serving.DataPlane;

public class TicketMessageTests
{
    [Fact]
    public void Parse_ATicketInAnyPieces_IsItsBytes() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[1, 64]).Sample((ticket, piece) =>
        {
            var request = RawCalls.Message(new Ticket { Ticket_ = ByteString.CopyFrom(ticket) }.ToByteArray());
            Assert.Equal(ticket, TicketMessage.Parse(Pieces(request, piece)).ToArray());
        });

    [Fact]
    public void Parse_AnyOtherBytes_IsRefusedWithAStatus() =>
        Gen.Byte.Array[0, 64].Sample(bytes =>
        {
            try
            {
                TicketMessage.Parse(Pieces(bytes, 7));
                Assert.Equal(bytes.Length - 5, (bytes[1] << 24) + (bytes[2] << 16) + (bytes[3] << 8) + bytes[4]);
            }
            catch (RpcException refusal)
            {
                Assert.Equal(bytes is [1, _, _, _, _, ..] ? StatusCode.Unimplemented : StatusCode.InvalidArgument, refusal.StatusCode);
                Assert.NotEmpty(refusal.Status.Detail);
            }
        });

    private static ReadOnlySequence<byte> Pieces(byte[] bytes, int size)
    {
        var first = new Piece(bytes.AsMemory(0, Math.Min(size, bytes.Length)), 0);
        var last = first;
        for (var i = size; i < bytes.Length; i += size)
        {
            last = last.Follow(bytes.AsMemory(i, Math.Min(size, bytes.Length - i)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Piece Follow(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
