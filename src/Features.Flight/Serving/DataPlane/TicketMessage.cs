using System.Buffers;
using System.IO.Pipelines;
using Features.Flight.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace Features.Flight.Serving.DataPlane;

/// <summary>The one message of a DoGet request: a flag, the length in four big-endian bytes, a Ticket (PROTOCOL-HTTP2 of gRPC, Length-Prefixed-Message).</summary>
internal static class TicketMessage
{
    /// <summary>The largest Ticket message: the largest ticket, and what protobuf adds.</summary>
    public const int MaxBytes = (64 << 10) + 64;

    private const int PrefixBytes = 5;

    /// <summary>Reads the request to its end.</summary>
    /// <exception cref="RpcException">It is anything but one plain Ticket; nothing beyond <see cref="MaxBytes"/> is read or kept.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(PipeReader body, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await body.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (result.IsCompleted || result.Buffer.Length > PrefixBytes + MaxBytes || HasFaultyPrefix(result.Buffer))
            {
                var ticket = Parse(result.Buffer);
                body.AdvanceTo(result.Buffer.End);
                return ticket;
            }

            body.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>The ticket of a whole request.</summary>
    /// <exception cref="RpcException">It is anything but one plain Ticket.</exception>
    public static ReadOnlyMemory<byte> Parse(ReadOnlySequence<byte> request)
    {
        if (request.Length < PrefixBytes)
        {
            throw FlightErrors.Malformed(request.IsEmpty ? "the request has no message; DoGet takes one Ticket" : "the request's message is cut off within its length");
        }

        var (flag, length) = Prefix(request);
        if (flag != 0)
        {
            throw flag == 1
                ? FlightErrors.NotServed("the ticket is compressed; send it plain (grpc-encoding: identity)")
                : FlightErrors.Malformed($"the request's message begins with the flag {flag}; 0 is what a plain message has");
        }

        if (length > MaxBytes)
        {
            throw FlightErrors.Malformed($"the request's message says that it has {length} bytes, and a ticket has at most {MaxBytes}");
        }

        if (request.Length != PrefixBytes + length)
        {
            throw FlightErrors.Malformed(request.Length < PrefixBytes + length
                ? $"the request's message says that it has {length} bytes, and {request.Length - PrefixBytes} came"
                : "there is more than one message in the request; DoGet takes one Ticket");
        }

        try
        {
            return Ticket.Parser.ParseFrom(request.Slice(PrefixBytes)).Ticket_.Memory;
        }
        catch (InvalidProtocolBufferException)
        {
            throw FlightErrors.Malformed("the request's message is no Ticket; pass on the ticket of GetFlightInfo unchanged");
        }
    }

    // What cannot become a Ticket any more is not waited for.
    private static bool HasFaultyPrefix(ReadOnlySequence<byte> request) =>
        request.Length >= PrefixBytes && Prefix(request) is var (flag, length) && (flag != 0 || length > MaxBytes || request.Length > PrefixBytes + length);

    private static (byte Flag, long Length) Prefix(ReadOnlySequence<byte> request)
    {
        var reader = new SequenceReader<byte>(request);
        reader.TryRead(out var flag);
        reader.TryReadBigEndian(out int length);
        return (flag, (uint)length);
    }
}
