namespace Features.Core.PointInTime.Kernel;

/// <summary>One feature for all spine rows: cells that were computed, or rows of the source whose values are to be taken (-1 for none).</summary>
internal sealed record FeatureResult(FeatureCells? Cells, int[]? Rows)
{
    /// <summary>Nothing found yet: null everywhere, and 0 for a count.</summary>
    public static FeatureResult Empty(FeaturePlan feature, int rows)
    {
        if (feature.IsRow)
        {
            var none = new int[rows];
            Array.Fill(none, -1);
            return new FeatureResult(null, none);
        }

        var cells = new FeatureCells(rows);
        if (feature.Aggregate == Definitions.Aggregate.Count)
        {
            cells.Cells.AsSpan().Clear();
            cells.IsValid.AsSpan().Fill(true);
        }

        return new FeatureResult(cells, null);
    }
}
