using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Tests;

/// <summary>Cells as text, read through Arrow's own accessors: the oracle for what is gathered and sent.</summary>
internal static class Cells
{
    public static IEnumerable<string> RowsOf(RecordBatch batch) =>
        Enumerable.Range(0, batch.Length).Select(row => string.Join("|", batch.Arrays.Select(array => Of(array, row))));

    public static string Of(IArrowArray array, int row)
    {
        if (array.IsNull(row))
        {
            return "null";
        }

        switch (array)
        {
            case BooleanArray booleans:
                return booleans.GetValue(row)!.Value ? "true" : "false";
            case StringArray strings:
                return $"\"{strings.GetString(row)}\"";
            case BinaryArray binary:
                return Convert.ToHexString(binary.GetBytes(row));
            case ListArray list:
                return ListOf(list.GetSlicedValues(row));
            case FixedSizeListArray list:
                return ListOf(list.GetSlicedValues(row));
            case StructArray record:
                return "{" + string.Join(",", record.Fields.Select(field => Of(field, row))) + "}";
            case DoubleArray doubles:
                return doubles.GetValue(row)!.Value.ToString("R", CultureInfo.InvariantCulture);
            default:
                var width = ((FixedWidthType)array.Data.DataType).BitWidth / 8;
                return Convert.ToHexString(array.Data.Buffers[1].Span.Slice((array.Data.Offset + row) * width, width));
        }
    }

    private static string ListOf(IArrowArray values) => "[" + string.Join(",", Enumerable.Range(0, values.Length).Select(i => Of(values, i))) + "]";
}
