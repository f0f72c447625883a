using System.Text;
using Features.Iceberg.Manifests.Avro;

namespace Features.Iceberg.Fuzzing;

/// <summary>An Avro container, unpacked, damaged within, and packed again: the faults reach behind its compression and its markers.</summary>
internal static class AvroMutation
{
    private static readonly byte[] Sync = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    public static byte[] Of(byte[] container, IReadOnlyList<byte[]> others, Random random)
    {
        if (random.Next(4) == 0)
        {
            return ByteMutation.Of(container, others, random);
        }

        using var stream = new MemoryStream(container, writable: false);
        using var reader = AvroContainerReader.OpenAsync(stream, default).GetAwaiter().GetResult();
        var writer = new AvroWriter();
        var header = reader.Header.ToDictionary(h => h.Key, h => h.Value);
        if (random.Next(3) == 0)
        {
            header["avro.schema"] = JsonMutation.Of(header["avro.schema"], others, random);
        }

        var isDeflated = random.Next(2) == 0;
        header["avro.codec"] = Encoding.UTF8.GetBytes(isDeflated ? "deflate" : "null");
        writer.WriteFixed("Obj\u0001"u8);
        writer.WriteArray(header, h =>
        {
            writer.WriteString(h.Key);
            writer.WriteBytes(h.Value);
        });
        writer.WriteFixed(Sync);
        while (reader.ReadBlockAsync(default).GetAwaiter().GetResult() is { } block)
        {
            var bytes = random.Next(3) == 0 ? block.Bytes.ToArray() : ByteMutation.Of(block.Bytes.ToArray(), others, random);
            writer.WriteLong(random.Next(8) == 0 ? random.NextInt64(-2, block.Count + 3) : block.Count);
            writer.WriteBytes(isDeflated ? AvroCodec.Deflate(bytes).Span : bytes);
            writer.WriteFixed(Sync);
        }

        return writer.Written.ToArray();
    }
}
