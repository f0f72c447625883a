using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Tests.Validation;

/// <summary>Reads every cell the slow way, bit for bit, and throws where one cannot be read: the oracle of validation.</summary>
internal static class NaiveReading
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static List<string> Rows(RecordBatch batch) => [.. Enumerable.Range(0, batch.Length).Select(row => string.Join("|", batch.Arrays.Select(array => Cell(array.Data, row))))];

    public static string Cell(ArrayData data, long row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, data.Length);
        row += data.Offset;
        if (data.DataType is NullType || IsNull(data, row))
        {
            return "null";
        }

        return data.DataType switch
        {
            BooleanType => ((data.Buffers[1].Span[checked((int)(row / 8))] >> (int)(row % 8)) & 1) == 1 ? "true" : "false",
            DictionaryType type => Cell(data.Dictionary, Integer(type.IndexType, data.Buffers[1].Span, row)),
            StringType => $"\"{Strict.GetString(Slice(data, Int(data, row), Int(data, row + 1)))}\"",
            LargeStringType => $"\"{Strict.GetString(Slice(data, Long(data, row), Long(data, row + 1)))}\"",
            StringViewType => $"\"{new StringViewArray(data).GetString((int)row - data.Offset)}\"",
            BinaryViewType => Convert.ToHexString(new BinaryViewArray(data).GetBytes((int)row - data.Offset, out _)),
            BinaryType => Convert.ToHexString(Slice(data, Int(data, row), Int(data, row + 1))),
            LargeBinaryType => Convert.ToHexString(Slice(data, Long(data, row), Long(data, row + 1))),
            ListType or MapType => Items(data.Children[0], Int(data, row), Int(data, row + 1)),
            LargeListType => Items(data.Children[0], Long(data, row), Long(data, row + 1)),
            FixedSizeListType list => Items(data.Children[0], row * list.ListSize, (row + 1) * list.ListSize),
            StructType => "{" + string.Join(",", data.Children.Select(child => Cell(child, row))) + "}",
            FixedWidthType width => Convert.ToHexString(data.Buffers[1].Span.Slice(checked((int)(row * width.BitWidth / 8)), width.BitWidth / 8)),
            _ => throw new NotSupportedException(data.DataType.Name),
        };
    }

    /// <summary>Throws if an array says another number of nulls than it has.</summary>
    public static void CountNulls(ArrayData data)
    {
        if (data.DataType is not NullType && Enumerable.Range(0, data.Length).Count(row => IsNull(data, row + data.Offset)) != data.NullCount)
        {
            throw new InvalidDataException("the count of nulls is wrong");
        }

        foreach (var child in data.Children ?? [])
        {
            CountNulls(child);
        }
    }

    private static bool IsNull(ArrayData data, long row) => !data.Buffers[0].IsEmpty && ((data.Buffers[0].Span[checked((int)(row / 8))] >> (int)(row % 8)) & 1) == 0;

    private static string Items(ArrayData items, long from, long to) =>
        from < 0 || to < from ? throw new InvalidDataException("offsets run backwards") : "[" + string.Join(",", Enumerable.Range(0, checked((int)(to - from))).Select(i => Cell(items, from + i))) + "]";

    private static ReadOnlySpan<byte> Slice(ArrayData data, long from, long to) => data.Buffers[2].Span[checked((int)from)..checked((int)to)];

    private static long Int(ArrayData data, long row) => BitConverter.ToInt32(data.Buffers[1].Span[checked((int)(row * 4))..]);

    private static long Long(ArrayData data, long row) => BitConverter.ToInt64(data.Buffers[1].Span[checked((int)(row * 8))..]);

    private static long Integer(IArrowType type, ReadOnlySpan<byte> values, long row) => type switch
    {
        Int8Type => (sbyte)values[(int)row],
        UInt8Type => values[(int)row],
        UInt16Type => BitConverter.ToUInt16(values[((int)row * 2)..]),
        UInt32Type => BitConverter.ToUInt32(values[((int)row * 4)..]),
        Int64Type or UInt64Type => BitConverter.ToInt64(values[((int)row * 8)..]),
        Int16Type => BitConverter.ToInt16(values[((int)row * 2)..]),
        Int32Type => BitConverter.ToInt32(values[((int)row * 4)..]),
        _ => throw new NotSupportedException(type.Name),
    };
}
