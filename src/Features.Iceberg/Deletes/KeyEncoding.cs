using System.Buffers;
using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;
using StructType = Features.Iceberg.Spec.StructType;

namespace Features.Iceberg.Deletes;

/// <summary>The key of an equality delete as bytes, equal where every column is: null equals null, NaN equals NaN, and the zeros are equal.</summary>
internal sealed class KeyEncoding
{
    private readonly ArrayBufferWriter<byte> writer = new();
    private readonly IArrowArray[][] columns;

    private KeyEncoding(IArrowArray[][] columns) => this.columns = columns;

    /// <summary>The ids of a key's columns, those within structs too, in their order.</summary>
    public static IEnumerable<int> LeafIds(Schema key) => LeafIds(key.Fields);

    /// <summary>Encodes rows of a batch, whose columns are found by the paths.</summary>
    public static KeyEncoding Of(RecordBatch batch, IEnumerable<FieldPath> paths) => new([.. paths.Select(p => p.Arrays(batch))]);

    /// <summary>The key of a row; valid until the next call.</summary>
    public ReadOnlySpan<byte> At(int row)
    {
        writer.ResetWrittenCount();
        foreach (var column in columns)
        {
            if (System.Array.Exists(column, c => c.IsNull(row)))
            {
                writer.Write([(byte)0]);
            }
            else
            {
                writer.Write([(byte)1]);
                Write(column[^1], row);
            }
        }

        return writer.WrittenSpan;
    }

    private static IEnumerable<int> LeafIds(IEnumerable<NestedField> fields) => fields.SelectMany(f => f.Type is StructType s ? LeafIds(s.Fields) : [f.Id]);

    private void Write(IArrowArray array, int row)
    {
        switch (array)
        {
            case BooleanArray a:
                writer.Write([BitUtility.GetBit(a.ValueBuffer.Span, a.Offset + row) ? (byte)1 : (byte)0]);
                break;
            case FloatArray a:
                WriteDouble(a.Values[row]);
                break;
            case DoubleArray a:
                WriteDouble(a.Values[row]);
                break;
            case BinaryArray a:
                var bytes = a.GetBytes(row);
                BinaryPrimitives.WriteInt32LittleEndian(writer.GetSpan(4), bytes.Length);
                writer.Advance(4);
                writer.Write(bytes);
                break;
            case { Data: { DataType: FixedWidthType type } data }:
                var width = type.BitWidth / 8;
                writer.Write(data.Buffers[1].Span.Slice((data.Offset + row) * width, width));
                break;
            default:
                throw new UnsupportedFeatureException($"an equality delete by a column of Arrow type {array.Data.DataType.Name}", "scan", "compact the table with the engine that wrote it");
        }
    }

    private void WriteDouble(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(writer.GetSpan(8), double.IsNaN(value) ? double.NaN : value == 0 ? 0 : value);
        writer.Advance(8);
    }
}
