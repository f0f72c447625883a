using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Features.Flight.Tests.Validation;

/// <summary>Batches as the messages that Arrow's own writer makes of them.</summary>
internal static class WireMessages
{
    private const int PrefixBytes = 8;
    private const int BodyLengthEntry = 4 + (3 * 2);

    /// <summary>The messages in their order: schema, dictionaries, rows.</summary>
    public static List<(byte[] Header, byte[] Body)> Of(Schema schema, params RecordBatch[] batches)
    {
        using var stream = new MemoryStream();
        using (var writer = new ArrowStreamWriter(stream, schema, leaveOpen: true))
        {
            writer.WriteStart();
            foreach (var batch in batches)
            {
                writer.WriteRecordBatch(batch);
            }

            writer.WriteEnd();
        }

        var (bytes, messages) = (stream.ToArray(), new List<(byte[], byte[])>());
        for (var at = 0; BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4)) is var length and > 0;)
        {
            var header = bytes.AsSpan(at + PrefixBytes, length).ToArray();
            var body = BodyBytes(header);
            messages.Add((header, bytes.AsSpan(at + PrefixBytes + length, body).ToArray()));
            at += PrefixBytes + length + body;
        }

        return messages;
    }

    // Message.bodyLength, the fourth member of the root table.
    private static int BodyBytes(byte[] header)
    {
        var table = BinaryPrimitives.ReadInt32LittleEndian(header);
        var vtable = table - BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(table));
        var slot = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(vtable)) > BodyLengthEntry ? BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(vtable + BodyLengthEntry)) : 0;
        return slot == 0 ? 0 : (int)BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(table + slot));
    }
}
