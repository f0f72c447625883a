using System.Text;

namespace Features.Iceberg.Manifests.Avro;

/// <summary>Writes an Avro object container with deflate.</summary>
internal sealed class AvroContainerWriter(Stream stream)
{
    private const int BlockBytes = 64 << 10;

    private readonly byte[] sync = Guid.NewGuid().ToByteArray();
    private long count;

    /// <summary>Where the next object is written; end each with <see cref="EndObjectAsync"/>.</summary>
    public AvroWriter Object { get; } = new();

    /// <summary>Writes the header, before any object.</summary>
    public async Task WriteHeaderAsync(string schema, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        Object.WriteFixed("Obj\u0001"u8);
        KeyValuePair<string, string>[] entries = [.. metadata, new("avro.schema", schema), new("avro.codec", "deflate")];
        Object.WriteArray(entries, entry =>
        {
            Object.WriteString(entry.Key);
            Object.WriteBytes(Encoding.UTF8.GetBytes(entry.Value));
        });
        Object.WriteFixed(sync);
        await stream.WriteAsync(Object.Written, cancellationToken).ConfigureAwait(false);
        Object.Clear();
    }

    /// <summary>Ends an object; a full block is written out.</summary>
    public ValueTask EndObjectAsync(CancellationToken cancellationToken)
    {
        count++;
        return Object.Written.Length < BlockBytes ? ValueTask.CompletedTask : FlushAsync(cancellationToken);
    }

    /// <summary>Writes what is left.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (count == 0)
        {
            return;
        }

        var packed = AvroCodec.Deflate(Object.Written);
        Object.Clear();
        Object.WriteLong(count);
        Object.WriteBytes(packed.Span);
        Object.WriteFixed(sync);
        await stream.WriteAsync(Object.Written, cancellationToken).ConfigureAwait(false);
        Object.Clear();
        count = 0;
    }
}
