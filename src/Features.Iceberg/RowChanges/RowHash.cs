using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Iceberg.RowChanges;

/// <summary>
/// A row's values as half of a SHA-256, equal where every value is, bit by bit and at every depth. It stands for the row where two are compared and only one can be held; a hash that can be forged would let an
/// update be passed over.
/// </summary>
internal sealed class RowHash
{
    private readonly ArrayBufferWriter<byte> writer = new();

    /// <summary>The hash of a row of these columns.</summary>
    public UInt128 Of(IReadOnlyList<IArrowArray> columns, int row)
    {
        writer.ResetWrittenCount();
        foreach (var column in columns)
        {
            Write(column.Data, column.Data.Offset + row);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(writer.WrittenSpan, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    // The index counts from the start of the buffers.
    private void Write(ArrayData data, int index)
    {
        if (data.DataType is NullType || (data.NullCount != 0 && data.Buffers[0].Length > 0 && !BitUtility.GetBit(data.Buffers[0].Span, index)))
        {
            writer.Write([(byte)0]);
            return;
        }

        writer.Write([(byte)1]);
        switch (data.DataType)
        {
            case StructType:
                foreach (var child in data.Children)
                {
                    Write(child, child.Offset + index);
                }

                break;
            case MapType or ListType:
                var (first, end) = Between(data, index);
                WriteLength(end - first);
                foreach (var child in data.Children)
                {
                    for (var item = first; item < end; item++)
                    {
                        Write(child, child.Offset + item);
                    }
                }

                break;
            case StringType or BinaryType:
                var (from, to) = Between(data, index);
                WriteLength(to - from);
                writer.Write(data.Buffers[2].Span[from..to]);
                break;
            case BooleanType:
                writer.Write([BitUtility.GetBit(data.Buffers[1].Span, index) ? (byte)1 : (byte)0]);
                break;
            case FixedWidthType fixedWidth:
                var width = fixedWidth.BitWidth / 8;
                writer.Write(data.Buffers[1].Span.Slice(index * width, width));
                break;
            default:
                throw new InvalidTableArgumentException($"rows with a column of {data.DataType.Name} cannot be compared");
        }
    }

    private void WriteLength(int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(writer.GetSpan(4), length);
        writer.Advance(4);
    }

    private static (int First, int End) Between(ArrayData data, int index)
    {
        var offsets = MemoryMarshal.Cast<byte, int>(data.Buffers[1].Span);
        return (offsets[index], offsets[index + 1]);
    }
}
