using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.PointInTime;

namespace Features.Core.Transformations;

/// <summary>The number of edges that are at or below x: its bin, from 0. NaN and null have none; infinities have the outermost ones.</summary>
public sealed class FittedQuantile : FittedCode
{
    private readonly double[] edges;

    internal FittedQuantile(string column, IArrowType input, string output, long count, IReadOnlyList<double> edges)
        : base(column, input, output, count) => this.edges = [.. edges];

    /// <inheritdoc/>
    public override TransformationKind Kind => TransformationKind.Quantile;

    /// <summary>Where one bin ends and the next begins, ascending, each once: one fewer than there are bins, fewer still where quantiles are equal; none if there were no values, and then nothing has a bin.</summary>
    public IReadOnlyList<double> Edges => edges;

    private protected override int? Of(ValueKey? value)
    {
        if (value is not { } key || Count == 0)
        {
            return null;
        }

        var number = Input is FloatType or DoubleType ? OrderedDouble.Decode(key.Number) : key.Number;
        if (double.IsNaN(number))
        {
            return null;
        }

        var at = Array.BinarySearch(edges, number);
        return at >= 0 ? at + 1 : ~at;
    }
}
