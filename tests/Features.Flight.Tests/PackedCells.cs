using Apache.Arrow;
using Features.Flight.Cache;
using Features.Flight.Tests.Validation;

namespace Features.Flight.Tests;

/// <summary>Rows of <see cref="Tables"/> in the layout of tensors, cell by cell: the oracle for what any client decodes.</summary>
internal static class PackedCells
{
    private static readonly string[] Features = ["tiny", "small", "score", "ratio", "flag"];

    public static IReadOnlyDictionary<string, ColumnRole> Roles { get; } = Features.ToDictionary(name => name, _ => ColumnRole.Feature);

    /// <summary>The rows as text, fixed widths bit for bit: tensor, mask if there is one, the columns beside them.</summary>
    public static List<string> Rows(RecordBatch source, bool isHalf, bool hasMask, float fill)
    {
        var packed = Features.Select(name => source.Column(name)).ToList();
        var kept = source.Schema.FieldsList.Where(field => !Features.Contains(field.Name)).Select(field => source.Column(field.Name)).ToList();
        return [.. Enumerable.Range(0, source.Length).Select(row =>
        {
            var tensor = $"[{string.Join(",", packed.Select(column => Hex(column.IsNull(row) ? fill : Number(column, row), isHalf)))}]";
            var mask = hasMask ? $"[{string.Join(",", packed.Select(column => column.IsNull(row) ? "00" : "01"))}]|" : "";
            return $"{tensor}|{mask}{string.Join("|", kept.Select(column => NaiveReading.Cell(column.Data, row)))}";
        })];
    }

    private static string Hex(float value, bool isHalf) => Convert.ToHexString(isHalf ? BitConverter.GetBytes((Half)value) : BitConverter.GetBytes(value));

    private static float Number(IArrowArray column, int row) => column switch
    {
        Int8Array numbers => numbers.GetValue(row)!.Value,
        UInt16Array numbers => numbers.GetValue(row)!.Value,
        FloatArray numbers => numbers.GetValue(row)!.Value,
        DoubleArray numbers => (float)numbers.GetValue(row)!.Value,
        BooleanArray truths => truths.GetValue(row)!.Value ? 1 : 0,
        _ => throw new NotSupportedException(column.Data.DataType.Name),
    };
}
