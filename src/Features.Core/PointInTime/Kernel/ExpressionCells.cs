using Features.Core.PointInTime.Columns;

namespace Features.Core.PointInTime.Kernel;

/// <summary>One expression's values for one key, by rank.</summary>
/// <param name="column">The cells of all rows; null where values are only taken.</param>
/// <param name="values">The values of all rows; null where they are only computed with.</param>
/// <param name="texts">The order of what the cells stand for; null where they are values themselves.</param>
/// <param name="isFloat">Whether cells are encoded doubles.</param>
internal sealed class ExpressionCells(Chunked<long>? column, ValueStore? values, SortedTexts? texts, bool isFloat)
{
    private long[] cells = [];
    private bool[] isNull = [];

    public bool IsFloat { get; } = isFloat;

    public BitRange Range { get; private set; }

    public long this[int rank] => cells[rank];

    public bool IsNull(int rank) => isNull[rank];

    public void Load(ReadOnlySpan<Moment> ranked, bool isSummed)
    {
        Buffers.Ensure(ref cells, ranked.Length);
        Buffers.Ensure(ref isNull, ranked.Length);
        for (var rank = 0; rank < ranked.Length; rank++)
        {
            var row = ranked[rank].Row;
            isNull[rank] = column is null ? values!.IsNull(row) : column.IsNull(row);
            cells[rank] = column is null || isNull[rank] ? 0 : texts is null ? column[row] : texts.RankOf(column[row]);
        }

        if (isSummed)
        {
            Range = IsFloat ? BitRange.OfFloats(cells.AsSpan(0, ranked.Length), isNull) : BitRange.OfIntegers(cells.AsSpan(0, ranked.Length), isNull);
        }
    }
}
