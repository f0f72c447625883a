using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Layout;

/// <summary>The columns that a source gives, against those that its plan has.</summary>
internal static class SourceColumns
{
    /// <exception cref="InvalidDataException">They differ in a name, a type or their order.</exception>
    public static void Check(Schema planned, RecordBatch batch)
    {
        if (ReferenceEquals(planned, batch.Schema))
        {
            return;
        }

        var (expected, actual) = (Describe(planned), Describe(batch.Schema));
        if (!expected.SequenceEqual(actual))
        {
            throw new InvalidDataException($"the source gave the columns ({string.Join(", ", actual)}) where its plan has ({string.Join(", ", expected)})");
        }
    }

    private static List<string> Describe(Schema schema) => [.. schema.FieldsList.Select(field => $"{field.Name} {Describe(field.DataType)}")];

    // What decides how an array's memory is read.
    private static string Describe(IArrowType type) => type switch
    {
        FixedSizeListType list => $"{type.TypeId}<{Describe(list.ValueDataType)}>[{list.ListSize}]",
        NestedType nested => $"{type.TypeId}<{string.Join(", ", nested.Fields.Select(field => Describe(field.DataType)))}>",
        FixedSizeBinaryType bytes => $"{type.TypeId}[{bytes.ByteWidth}]",
        _ => $"{type.TypeId}",
    };
}
