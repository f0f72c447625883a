using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Memory;
using Features.Flight.Client;
using Features.Flight.Client.Memory;
using Features.Flight.Client.Messages;
using Features.Flight.Validation;

namespace Features.Flight.Tests.Client;

/// <summary>Batches as the messages that Arrow's own writer makes of them.</summary>
internal static class IpcBytes
{
    /// <summary>Headers and bodies of the schema and of each batch.</summary>
    public static List<(byte[] Header, byte[] Body)> Messages(Schema schema, params RecordBatch[] batches)
    {
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true))
        {
            writer.WriteStart();
            foreach (var batch in batches)
            {
                writer.WriteRecordBatch(batch);
            }
        }

        var messages = new List<(byte[], byte[])>();
        var bytes = stream.ToArray().AsSpan();
        while (messages.Count <= batches.Length)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
            var header = bytes.Slice(8, length).ToArray();
            var body = bytes.Slice(8 + length, (int)FlatTable.Root(header).Int64(3)).ToArray();
            messages.Add((header, body));
            bytes = bytes[(8 + length + body.Length)..];
        }

        return messages;
    }

    /// <summary>A batch as the client would hand it out.</summary>
    public static DatasetBatch Received(RecordBatch rows, int first = 0, int? count = null)
    {
        var (header, body) = Messages(rows.Schema, rows)[1];
        return Received(new SchemaShape(rows.Schema), header, body, first, count ?? rows.Length);
    }

    public static DatasetBatch Received(SchemaShape shape, byte[] header, byte[] body, int first, int count)
    {
        var received = new ReceivedBatch(shape);
        var block = new BodyPool(MemoryAllocator.Default.Value).Rent(body.Length);
        body.CopyTo(block.GetSpan());
        received.Read(MessageHeader.Read(header, body.Length, IpcLimits.Default).Content, block, body.Length, body.Length, new BatchPlace(first, 0));
        return new DatasetBatch(null, received, first, count, first, 0);
    }
}
