using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.DuckDb.Batches;

/// <summary>Batches in types that the engine holds exactly: it has no zoned nanoseconds, so these become the same nanoseconds in UTC without the zone.</summary>
internal static class EngineBatch
{
    /// <summary>The schema in the engine's types.</summary>
    internal static Schema Of(Schema schema) => new([.. schema.FieldsList.Select(Of)], schema.Metadata);

    /// <summary>The batch under such a schema; it shares the given one's memory.</summary>
    internal static RecordBatch Of(RecordBatch batch, Schema schema) =>
        new(schema, batch.Arrays.Select((array, i) => ArrowArrayFactory.BuildArray(Of(array.Data, schema.GetFieldByIndex(i).DataType))), batch.Length);

    private static Field Of(Field field) => new(field.Name, Of(field.DataType), field.IsNullable, field.Metadata);

    private static IArrowType Of(IArrowType type) => type switch
    {
        TimestampType { Unit: TimeUnit.Nanosecond, Timezone: { Length: > 0 } } => new TimestampType(TimeUnit.Nanosecond, (string?)null),
        StructType s => new StructType([.. s.Fields.Select(Of)]),
        MapType m => new MapType(Of(m.KeyField), Of(m.ValueField)),
        ListType l => new ListType(Of(l.ValueField)),
        _ => type,
    };

    private static ArrayData Of(ArrayData data, IArrowType type) => new(
        type, data.Length, data.NullCount, data.Offset, data.Buffers, data.Children?.Select((child, i) => Of(child, ChildOf(type, i))), data.Dictionary);

    private static IArrowType ChildOf(IArrowType type, int index) => type switch
    {
        StructType s => s.Fields[index].DataType,
        MapType m => m.KeyValueType,
        NestedType n => n.Fields[0].DataType,
        _ => throw new InvalidOperationException($"{type.Name} has no children"),
    };
}
