using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Cli.Output;

/// <summary>Columns of tensors as file formats without them take them: a list of a fixed size as a list, a half as a float, and a mask's bytes as integers. Other columns stay as they are.</summary>
internal static class PlainLists
{
    public static Schema Of(Schema schema) => new([.. schema.FieldsList.Select(Of)], schema.Metadata);

    /// <summary>The batch's columns; it stays the owner of their memory.</summary>
    public static RecordBatch Of(RecordBatch batch) => batch.Schema.FieldsList.All(field => Of(field.DataType) == field.DataType)
        ? batch
        : new RecordBatch(Of(batch.Schema), batch.Arrays.Select(array => Of(array.Data.DataType) == array.Data.DataType ? array : ArrowArrayFactory.BuildArray(Of(array.Data))), batch.Length);

    private static Field Of(Field field) => Of(field.DataType) is var type && type == field.DataType ? field : new Field(field.Name, type, field.IsNullable, field.Metadata);

    private static IArrowType Of(IArrowType type) => type switch
    {
        FixedSizeListType { ValueDataType: UInt8Type } list => new ListType(new Field(list.ValueField.Name, Int32Type.Default, list.ValueField.IsNullable)),
        FixedSizeListType list => new ListType(Of(list.ValueField)),
        HalfFloatType => FloatType.Default,
        _ => type,
    };

    // The slots before an array's offset are kept, so that its bits of validity need no shift.
    private static ArrayData Of(ArrayData data)
    {
        var slots = data.Offset + data.Length;
        return data.DataType switch
        {
            FixedSizeListType list => new ArrayData(Of(list), data.Length, data.NullCount, data.Offset, [data.Buffers[0], Offsets(slots, list.ListSize)], [list.ValueDataType is UInt8Type ? Integers(data.Children[0]) : Of(data.Children[0])]),
            HalfFloatType half => new ArrayData(Of(half), data.Length, data.NullCount, data.Offset, [data.Buffers[0], Floats(data.Buffers[1], slots)]),
            _ => data,
        };
    }

    private static ArrayData Integers(ArrayData bytes)
    {
        var integers = new ArrowBuffer.Builder<int>(bytes.Offset + bytes.Length);
        foreach (var one in bytes.Buffers[1].Span[..(bytes.Offset + bytes.Length)])
        {
            integers.Append(one);
        }

        return new ArrayData(Int32Type.Default, bytes.Length, bytes.NullCount, bytes.Offset, [bytes.Buffers[0], integers.Build()]);
    }

    private static ArrowBuffer Offsets(int slots, int size)
    {
        var offsets = new ArrowBuffer.Builder<int>(slots + 1);
        for (var i = 0; i <= slots; i++)
        {
            offsets.Append(checked(i * size));
        }

        return offsets.Build();
    }

    private static ArrowBuffer Floats(ArrowBuffer halves, int slots)
    {
        var floats = new ArrowBuffer.Builder<float>(slots);
        foreach (var half in MemoryMarshal.Cast<byte, Half>(halves.Span)[..slots])
        {
            floats.Append((float)half);
        }

        return floats.Build();
    }
}
