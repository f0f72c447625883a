using System.Buffers;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Iceberg.DataFiles.Variants;

namespace Features.DuckDb.Batches;

/// <summary>Variants as the JSON text that they mean.</summary>
internal static class VariantJson
{
    // The writer flushes what it holds by itself; characters stay as they are.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static bool IsVariant(Field field) =>
        field is { DataType: StructType, Metadata: { } metadata } && metadata.TryGetValue("ARROW:extension:name", out var name) && name == "arrow.parquet.variant";

    /// <summary>A column of strings, in memory of its own.</summary>
    /// <exception cref="InvalidDataException">The bytes of a value are no variant.</exception>
    internal static ArrayData Of(ArrayData variants)
    {
        // Not disposed: the memory is the batch's.
        var array = new StructArray(variants);
        var (metadata, values) = ((BinaryArray)array.Fields[0], (BinaryArray)array.Fields[1]);
        var (ends, valid, nulls) = (new byte[(array.Length + 1) * sizeof(int)], new byte[(array.Length + 7) / 8], 0);
        var offsets = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(ends.AsSpan());
        var text = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(text, Relaxed);
        for (var row = 0; row < array.Length; row++)
        {
            if (array.IsNull(row))
            {
                nulls++;
            }
            else
            {
                valid[row / 8] |= (byte)(1 << (row % 8));
                Write(json, metadata.GetBytes(row), values.GetBytes(row));
            }

            offsets[row + 1] = text.WrittenCount;
        }

        return new(StringType.Default, array.Length, nulls, 0, [new ArrowBuffer(valid), new ArrowBuffer(ends), new ArrowBuffer(text.WrittenMemory)]);
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> value)
    {
        try
        {
            VariantValue.WriteJson(json, metadata, value);
        }
        catch (Exception fault) when (fault is ArgumentException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"a variant is damaged: {fault.Message}", fault);
        }

        json.Flush();
        json.Reset();
    }
}
