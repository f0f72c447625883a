using Apache.Arrow;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>A column of which only rows and nulls are counted.</summary>
internal sealed class RowsAccumulator(string name) : ColumnAccumulator(name, ColumnKind.Other)
{
    protected override void AppendValues(IArrowArray array, ReadOnlySpan<int> valid)
    {
    }

    protected override ColumnStatistics Describe(ColumnStatistics counted) => counted;
}
