using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>
/// Columns as the cache and the engine hold them: dictionaries decoded, strings, binary values and lists with 32-bit offsets, views laid out. Other columns are
/// taken as they are, without a copy.
/// </summary>
internal static class PlainColumns
{
    /// <summary>A schema with plain types; the same one if its types are plain already.</summary>
    public static Schema Of(Schema schema)
    {
        var fields = schema.FieldsList.Select(Of).ToList();
        return fields.SequenceEqual(schema.FieldsList) ? schema : new Schema(fields, schema.Metadata);
    }

    /// <summary>The plain type of values.</summary>
    public static IArrowType Of(IArrowType type) => type switch
    {
        DictionaryType dictionary => Of(dictionary.ValueType),
        LargeStringType or StringViewType => StringType.Default,
        LargeBinaryType or BinaryViewType => BinaryType.Default,
        LargeListType list => new ListType(Of(list.ValueField)),
        ListType list when IsChanged(list.ValueField) => new ListType(Of(list.ValueField)),
        FixedSizeListType list when IsChanged(list.ValueField) => new FixedSizeListType(Of(list.ValueField), list.ListSize),
        MapType map when IsChanged(map.KeyField) || IsChanged(map.ValueField) => new MapType(Of(map.KeyField), Of(map.ValueField), map.KeySorted),
        StructType record when record.Fields.Any(IsChanged) => new StructType([.. record.Fields.Select(Of)]),
        _ => type,
    };

    /// <summary>The rows of a batch as columns of <paramref name="plain"/>, which is <see cref="Of(Schema)"/> of its schema. The batch is the caller's still, and must outlive what is made of it.</summary>
    /// <exception cref="NotSupportedException">A batch's values need 64-bit offsets, or a dictionary is of a type that is not decoded; the message names the column.</exception>
    public static RecordBatch Decode(RecordBatch batch, Schema plain)
    {
        if (ReferenceEquals(batch.Schema, plain))
        {
            return batch;
        }

        var arrays = new IArrowArray[plain.FieldsList.Count];
        for (var i = 0; i < arrays.Length; i++)
        {
            var data = DerivedBatch.Borrow(batch.Column(i).Data);
            arrays[i] = ArrowArrayFactory.BuildArray(IsChanged(batch.Schema.GetFieldByIndex(i)) ? Decode(data, plain.GetFieldByIndex(i).Name) : data);
        }

        return new RecordBatch(plain, arrays, batch.Length);
    }

    /// <summary>As <see cref="Decode(RecordBatch, Schema)"/>, but takes the batch over: that is disposed with the result, or at once if it cannot be decoded.</summary>
    /// <exception cref="NotSupportedException">As there.</exception>
    public static RecordBatch Take(RecordBatch batch, Schema plain)
    {
        if (ReferenceEquals(batch.Schema, plain))
        {
            return batch;
        }

        try
        {
            return new DerivedBatch(plain, Decode(batch, plain).Arrays, batch, []);
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    /// <summary>An array with plain values.</summary>
    public static ArrayData Decode(ArrayData data, string column) => data.DataType switch
    {
        DictionaryType => DictionaryDecoder.Decode(data, Decode(data.Dictionary, column), column),
        LargeStringType => WideOffsets.Narrow(data, StringType.Default, [data.Buffers[2]], [], column),
        LargeBinaryType => WideOffsets.Narrow(data, BinaryType.Default, [data.Buffers[2]], [], column),
        LargeListType => WideOffsets.Narrow(data, Of(data.DataType), [], [Decode(data.Children[0], column)], column),
        StringViewType => ViewDecoder.Decode(data, StringType.Default, column),
        BinaryViewType => ViewDecoder.Decode(data, BinaryType.Default, column),
        ListType or FixedSizeListType or MapType or StructType => new ArrayData(
            Of(data.DataType), data.Length, data.NullCount, data.Offset, data.Buffers, [.. data.Children.Select(child => Decode(child, column))]),
        _ => data,
    };

    private static Field Of(Field field) => IsChanged(field) ? new Field(field.Name, Of(field.DataType), field.IsNullable, field.Metadata) : field;

    private static bool IsChanged(Field field) => !ReferenceEquals(Of(field.DataType), field.DataType);
}
