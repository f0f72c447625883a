using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Features.Iceberg.Manifests.Avro;

/// <summary>Writes Avro's binary encoding into memory.</summary>
internal sealed class AvroWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new(128 << 10);

    public ReadOnlyMemory<byte> Written => buffer.WrittenMemory;

    public void Clear() => buffer.ResetWrittenCount();

    public void WriteBoolean(bool value) => buffer.Write([value ? (byte)1 : (byte)0]);

    public void WriteLong(long value)
    {
        var encoded = (ulong)((value << 1) ^ (value >> 63));
        var span = buffer.GetSpan(10);
        var length = 0;
        for (; encoded >= 0x80; encoded >>= 7)
        {
            span[length++] = (byte)(encoded | 0x80);
        }

        span[length++] = (byte)encoded;
        buffer.Advance(length);
    }

    public void WriteFloat(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(buffer.GetSpan(4), value);
        buffer.Advance(4);
    }

    public void WriteDouble(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
    }

    public void WriteFixed(ReadOnlySpan<byte> value) => buffer.Write(value);

    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteLong(value.Length);
        buffer.Write(value);
    }

    public void WriteString(string value)
    {
        WriteLong(Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, buffer);
    }

    /// <summary>A value of type <c>["null", T]</c>.</summary>
    public void WriteOptional<T>(T? value, Action<T> write)
        where T : class
    {
        WriteLong(value is null ? 0 : 1);
        if (value is not null)
        {
            write(value);
        }
    }

    /// <inheritdoc cref="WriteOptional{T}(T?, Action{T})"/>
    public void WriteOptional<T>(T? value, Action<T> write)
        where T : struct
    {
        WriteLong(value is null ? 0 : 1);
        if (value is { } present)
        {
            write(present);
        }
    }

    /// <summary>An array, as one block.</summary>
    public void WriteArray<T>(IReadOnlyCollection<T> items, Action<T> write)
    {
        if (items.Count > 0)
        {
            WriteLong(items.Count);
            foreach (var item in items)
            {
                write(item);
            }
        }

        WriteLong(0);
    }
}
