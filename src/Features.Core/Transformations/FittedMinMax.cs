using Apache.Arrow.Types;
using Features.Core.Definitions;

namespace Features.Core.Transformations;

/// <summary>(x - min) / (max - min), held within 0 and 1. A constant column gives 0; NaN stays NaN; null stays null.</summary>
public sealed class FittedMinMax : FittedScaling
{
    internal FittedMinMax(string column, IArrowType input, string output, long count, double? min, double? max)
        : base(column, input, output, count) => (Min, Max) = (min, max);

    /// <inheritdoc/>
    public override TransformationKind Kind => TransformationKind.MinMax;

    /// <summary>The least value; null if there were none.</summary>
    public double? Min { get; }

    /// <summary>The greatest value; null if there were none.</summary>
    public double? Max { get; }

    private protected override double? Of(double value)
    {
        if ((Min, Max) is not ({ } min, { } max))
        {
            return null;
        }

        // Halves, since the range of a column may be more than a double holds.
        return double.IsNaN(value) ? value
            : max == min || value <= min ? 0
            : value >= max ? 1
            : Math.Clamp(((value / 2) - (min / 2)) / ((max / 2) - (min / 2)), 0, 1);
    }
}
