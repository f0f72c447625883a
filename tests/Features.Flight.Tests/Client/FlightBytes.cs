using System.Buffers.Binary;
using System.Text;
using Apache.Arrow;
using Features.Flight.Protocol;
using Google.Protobuf;

namespace Features.Flight.Tests.Client;

/// <summary>Flight streams as the bytes of a gRPC response, with bodies wherever protobuf puts them.</summary>
internal static class FlightBytes
{
    public static byte[] Message(FlightData data)
    {
        var message = new byte[5 + data.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), message.Length - 5);
        data.WriteTo(message.AsSpan(5));
        return message;
    }

    public static byte[] Message(byte[] header, byte[] body, long position, long step) => Message(new FlightData
    {
        DataHeader = ByteString.CopyFrom(header),
        AppMetadata = ByteString.CopyFrom(Encoding.ASCII.GetBytes($$"""{"position":{{position}},"step":{{step}}}""")),
        DataBody = ByteString.CopyFrom(body),
    });

    /// <summary>The messages of a stream: the schema, then batches of <paramref name="batch"/> rows, each a step.</summary>
    public static List<byte[]> Stream(Schema schema, Func<long, int, RecordBatch> rows, int total, int batch)
    {
        var batches = new List<RecordBatch>();
        for (var row = 0; row < total; row += batch)
        {
            batches.Add(rows(row, Math.Min(batch, total - row)));
        }

        var messages = IpcBytes.Messages(schema, [.. batches]);
        return [Message(new FlightData { DataHeader = ByteString.CopyFrom(messages[0].Header) }), .. messages.Skip(1).Select((message, i) => Message(message.Header, message.Body, (long)i * batch, i))];
    }
}
