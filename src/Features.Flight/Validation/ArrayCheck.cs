using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Validation;

/// <summary>
/// Looks at every value of an array whose buffers are long enough (<see cref="ArrayReader"/>): null counts, offsets, texts, dictionary indices, keys,
/// decimals and times. Values of null slots are nobody's, and pass.
/// </summary>
internal static class ArrayCheck
{
    /// <summary>Checks a column with all that is in it.</summary>
    /// <exception cref="IpcFormatException">A value is at fault; the message names column, row and fault.</exception>
    public static void Run(WireColumn column, ArrayData data) => Run(column, data, isMasked: false);

    private static void Run(WireColumn column, ArrayData data, bool isMasked)
    {
        var path = column.Path;
        CheckNulls(column, data, isMasked);
        isMasked |= data.NullCount > 0;
        switch (data.DataType)
        {
            case DictionaryType dictionary:
                CheckIndices(path, data, dictionary);
                break;
            case StructType:
                RunChildren(column, data, isMasked);
                break;
            case FixedSizeListType:
                RunChildren(column, data, isMasked);
                break;
            case ListType or MapType:
                CheckOffsets<int>(path, data, data.Children[0].Length);
                RunChildren(column, data, isMasked);
                if (data.DataType is MapType && data.Children[0].Children[0] is { NullCount: > 0 } keys)
                {
                    throw new IpcFormatException(path, Bits.FirstClear(keys.Buffers[0].Span, keys.Length), "its key is null");
                }

                break;
            case LargeListType:
                CheckOffsets<long>(path, data, data.Children[0].Length);
                RunChildren(column, data, isMasked);
                break;
            case StringType:
                CheckOffsets<int>(path, data, data.Buffers[2].Length);
                TextCheck.Run<int>(path, data);
                break;
            case LargeStringType:
                CheckOffsets<long>(path, data, data.Buffers[2].Length);
                TextCheck.Run<long>(path, data);
                break;
            case BinaryType:
                CheckOffsets<int>(path, data, data.Buffers[2].Length);
                break;
            case LargeBinaryType:
                CheckOffsets<long>(path, data, data.Buffers[2].Length);
                break;
            default:
                DecimalCheck.Run(path, data);
                TimeCheck.Run(path, data);
                break;
        }
    }

    private static void RunChildren(WireColumn column, ArrayData data, bool isMasked)
    {
        for (var i = 0; i < column.Children.Count; i++)
        {
            Run(column.Children[i], data.Children[i], isMasked);
        }
    }

    private static void CheckNulls(WireColumn column, ArrayData data, bool isMasked)
    {
        if (data.DataType is NullType)
        {
            return;
        }

        var bits = data.Buffers[0].Span;
        if (bits.Length * 8L >= data.Length)
        {
            var nulls = data.Length - Bits.CountSet(bits, data.Length);
            if (nulls != data.NullCount)
            {
                throw new IpcFormatException(column.Path, $"it says that it has {data.NullCount} nulls, and its validity bits have {nulls}");
            }
        }
        else if (!bits.IsEmpty)
        {
            throw new IpcFormatException(column.Path, $"its buffer of validity bits has {bits.Length} bytes, and {(data.Length + 7) / 8} are needed");
        }

        // A value that is not nullable is null all the same where what it lies in is.
        if (data.NullCount > 0 && !column.Field.IsNullable && !isMasked)
        {
            throw new IpcFormatException(column.Path, Bits.FirstClear(bits, data.Length), "it is null, and the schema says that the column is never null");
        }
    }

    private static void CheckOffsets<T>(string path, ArrayData data, int end)
        where T : unmanaged, IBinaryInteger<T>
    {
        var offsets = MemoryMarshal.Cast<byte, T>(data.Buffers[1].Span)[..(data.Length + 1)];
        if (T.IsNegative(offsets[0]))
        {
            throw new IpcFormatException(path, 0, $"its first offset is {offsets[0]}");
        }

        for (var i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] < offsets[i - 1])
            {
                throw new IpcFormatException(path, i - 1, $"its value ends before it begins: at {offsets[i]}, after {offsets[i - 1]}");
            }
        }

        if (long.CreateSaturating(offsets[^1]) > end)
        {
            throw new IpcFormatException(path, Math.Max(0, data.Length - 1), $"its value ends at {offsets[^1]}, and there are {end}");
        }
    }

    private static void CheckIndices(string path, ArrayData data, DictionaryType type)
    {
        switch (type.IndexType)
        {
            case Int8Type: CheckIndices<sbyte>(path, data); break;
            case UInt8Type: CheckIndices<byte>(path, data); break;
            case Int16Type: CheckIndices<short>(path, data); break;
            case UInt16Type: CheckIndices<ushort>(path, data); break;
            case Int32Type: CheckIndices<int>(path, data); break;
            case UInt32Type: CheckIndices<uint>(path, data); break;
            case Int64Type: CheckIndices<long>(path, data); break;
            default: CheckIndices<ulong>(path, data); break;
        }
    }

    private static void CheckIndices<T>(string path, ArrayData data)
        where T : unmanaged, IBinaryInteger<T>
    {
        var indices = MemoryMarshal.Cast<byte, T>(data.Buffers[1].Span);
        var bits = data.Buffers[0].Span;
        var count = (ulong)data.Dictionary.Length;
        for (var i = 0; i < data.Length; i++)
        {
            if ((T.IsNegative(indices[i]) || ulong.CreateTruncating(indices[i]) >= count) && Bits.IsSet(bits, i))
            {
                throw new IpcFormatException(path, i, $"its index is {indices[i]}, and its dictionary has {count} values");
            }
        }
    }
}
