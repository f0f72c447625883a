using Apache.Arrow.Types;
using Features.Core.Definitions;

namespace Features.Core.Transformations;

/// <summary>(x - mean) / standard deviation of the population. A constant column gives 0; NaN and infinities stay what they are; null stays null.</summary>
public sealed class FittedStandardize : FittedScaling
{
    internal FittedStandardize(string column, IArrowType input, string output, long count, double? mean, double? standardDeviation)
        : base(column, input, output, count) => (Mean, StandardDeviation) = (mean, standardDeviation);

    /// <inheritdoc/>
    public override TransformationKind Kind => TransformationKind.Standardize;

    /// <summary>The mean; null if there were no values.</summary>
    public double? Mean { get; }

    /// <summary>The standard deviation; 0 for a constant column, null if there were no values.</summary>
    public double? StandardDeviation { get; }

    private protected override double? Of(double value) =>
        (Mean, StandardDeviation) is not ({ } mean, { } deviation) ? null
        : !double.IsFinite(value) ? value
        : deviation == 0 ? 0
        : (value - mean) / deviation;
}
