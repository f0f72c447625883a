namespace Features.Core.PointInTime;

/// <summary>One feature for all spine rows, in the spine's order. A byte of validity a row, so that threads write beside each other.</summary>
internal sealed class FeatureCells(int rows)
{
    public long[] Cells { get; } = GC.AllocateUninitializedArray<long>(rows);

    public bool[] IsValid { get; } = new bool[rows];

    public void Set(int row, long cell)
    {
        Cells[row] = cell;
        IsValid[row] = true;
    }
}
