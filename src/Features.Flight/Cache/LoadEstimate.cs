using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Layout;

namespace Features.Flight.Cache;

/// <summary>What a plan will take in memory at least, known before a row is read: rows times what each row has of its own, whatever its values.</summary>
internal static class LoadEstimate
{
    /// <summary>Bytes that the store cannot do without; texts, lists and validity come on top.</summary>
    public static long Of(StorePlan plan)
    {
        var bits = plan.Schema.FieldsList.Sum(field => BitsOf(field.DataType));
        var bytes = (Int128)plan.Dataset.Rows * bits / 8;
        return bytes > long.MaxValue ? long.MaxValue : (long)bytes;
    }

    private static long BitsOf(IArrowType type) => type switch
    {
        FixedSizeListType list => list.ListSize * BitsOf(list.ValueDataType),
        StructType record => record.Fields.Sum(field => BitsOf(field.DataType)),
        StringType or BinaryType or ListType or MapType => 8 * sizeof(int),
        FixedWidthType width when type is not DictionaryType => width.BitWidth,
        _ => 0,
    };
}
