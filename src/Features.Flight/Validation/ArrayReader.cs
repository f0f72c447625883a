using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Validation;

/// <summary>
/// Lays arrays over a message's body, without a copy, after looking that each of their buffers holds what their length needs. What is in the buffers
/// is looked at by <see cref="ArrayCheck"/>.
/// </summary>
internal sealed class ArrayReader(BatchLayout layout, ReadOnlyMemory<byte> body, IReadOnlyDictionary<long, ArrayData> dictionaries)
{
    /// <summary>The next array in the batch's order.</summary>
    /// <param name="column">What it is.</param>
    /// <param name="least">The fewest values that it must have, for those around it need them.</param>
    public ArrayData Read(WireColumn column, int least)
    {
        var (length, nulls) = layout.NextNode(column.Path);
        if (length < least)
        {
            throw new IpcFormatException(column.Path, $"it has {length} values where {least} are needed");
        }

        if (column.Values is NullType && column.Dictionary is null)
        {
            return new ArrayData(NullType.Default, length, length, 0, []);
        }

        var validity = Buffer(column.Path, "validity bits", nulls == 0 ? 0 : Bits(length));
        var type = column.Field.DataType;
        if (column.Dictionary is { } id)
        {
            var indices = Buffer(column.Path, "indices", length * (long)((FixedWidthType)((DictionaryType)type).IndexType).BitWidth / 8);
            return dictionaries.TryGetValue(id, out var values)
                ? new ArrayData(type, length, nulls, 0, [validity, indices], null, values)
                : throw new IpcFormatException(column.Path, $"its dictionary {id} did not come before it");
        }

        return type switch
        {
            StructType => new ArrayData(type, length, nulls, 0, [validity], [.. column.Children.Select(child => Read(child, length))]),
            FixedSizeListType list => new ArrayData(type, length, nulls, 0, [validity], [Read(column.Children[0], Items(column, length, list.ListSize))]),
            ListType or MapType => new ArrayData(type, length, nulls, 0, [validity, Offsets(column, length, sizeof(int))], [Read(column.Children[0], 0)]),
            LargeListType => new ArrayData(type, length, nulls, 0, [validity, Offsets(column, length, sizeof(long))], [Read(column.Children[0], 0)]),
            StringType or BinaryType => new ArrayData(type, length, nulls, 0, [validity, Offsets(column, length, sizeof(int)), Buffer(column.Path, "values", 0)]),
            LargeStringType or LargeBinaryType => new ArrayData(type, length, nulls, 0, [validity, Offsets(column, length, sizeof(long)), Buffer(column.Path, "values", 0)]),
            FixedWidthType width => new ArrayData(type, length, nulls, 0, [validity, Buffer(column.Path, "values", ((long)length * width.BitWidth + 7) / 8)]),
            _ => throw new IpcFormatException(column.Path, $"values of the type '{type.Name}' are not taken"),
        };
    }

    private static long Bits(int length) => ((long)length + 7) / 8;

    private static int Items(WireColumn column, int length, int size) =>
        (long)length * size is var items && items <= int.MaxValue ? (int)items : throw new IpcFormatException(column.Path, $"its lists have {items} items in all; send smaller batches");

    // An array without values may leave its offsets out.
    private ArrowBuffer Offsets(WireColumn column, int length, int width)
    {
        var offsets = Buffer(column.Path, "offsets", length == 0 ? 0 : (length + 1L) * width);
        return offsets.IsEmpty ? new ArrowBuffer(new byte[width]) : offsets;
    }

    private ArrowBuffer Buffer(string path, string what, long least)
    {
        var (offset, length) = layout.NextBuffer(path);
        return length >= least
            ? new ArrowBuffer(body.Slice(offset, length))
            : throw new IpcFormatException(path, $"its buffer of {what} has {length} bytes, and {least} are needed");
    }
}
