using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.DuckDb.Batches;

/// <summary>Batches in types that the engine holds exactly: zoned nanoseconds become the same nanoseconds in UTC without the zone, variants become JSON.</summary>
internal static class EngineBatch
{
    /// <summary>The schema in the engine's types.</summary>
    internal static Schema Of(Schema schema) => new([.. schema.FieldsList.Select(Of)], schema.Metadata);

    /// <summary>The batch under such a schema; it shares the given one's memory, but for variants.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="schema">What <see cref="Of(Schema)"/> gives for the batch's schema.</param>
    /// <exception cref="InvalidDataException">A variant's bytes are none.</exception>
    internal static RecordBatch Of(RecordBatch batch, Schema schema) => new(
        schema,
        batch.Arrays.Select((array, i) => ArrowArrayFactory.BuildArray(Of(array.Data, batch.Schema.GetFieldByIndex(i), schema.GetFieldByIndex(i)))),
        batch.Length);

    private static Field Of(Field field) => field switch
    {
        _ when VariantJson.IsVariant(field) => new(field.Name, StringType.Default, field.IsNullable, EngineTypes.With(field.Metadata, EngineTypes.Json)),
        _ => new(field.Name, Of(field.DataType), field.IsNullable, field.Metadata),
    };

    private static IArrowType Of(IArrowType type) => type switch
    {
        TimestampType { Unit: TimeUnit.Nanosecond, Timezone: { Length: > 0 } } => new TimestampType(TimeUnit.Nanosecond, (string?)null),
        StructType s => new StructType([.. s.Fields.Select(Of)]),
        MapType m => new MapType(Of(m.KeyField), Of(m.ValueField)),
        ListType l => new ListType(Of(l.ValueField)),
        _ => type,
    };

    private static ArrayData Of(ArrayData data, Field from, Field to) => VariantJson.IsVariant(from)
        ? VariantJson.Of(data)
        : new(
            to.DataType, data.Length, data.NullCount, data.Offset, data.Buffers,
            data.Children?.Select((child, i) => Of(child, ChildOf(from.DataType, i), ChildOf(to.DataType, i))), data.Dictionary);

    private static Field ChildOf(IArrowType type, int index) => type switch
    {
        StructType s => s.Fields[index],
        MapType m => new Field("entries", m.KeyValueType, nullable: false),
        NestedType n => n.Fields[0],
        _ => throw new InvalidOperationException($"{type.Name} has no children"),
    };
}
