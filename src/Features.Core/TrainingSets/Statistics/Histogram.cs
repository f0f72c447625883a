using System.Collections.Immutable;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>
/// Counts of a column's finite values in at most 20 bins of equal width, whose edges are round: multiples of 1, 2 or 5 times a power of ten, or of round spans of time.
/// The counts are exact, and do not depend on the order of the rows. Where the outermost half percent at an end would take most of the room, it is counted apart.
/// </summary>
/// <param name="Edges">One more than the bins, rising; numbers, or microseconds. A bin holds its lower edge and not its upper; of fractions, the last bin holds both if nothing lies above it.</param>
/// <param name="Counts">Values in each bin.</param>
/// <param name="Below">Values below the first edge.</param>
/// <param name="Above">Values from the last edge on that are in no bin.</param>
public sealed record Histogram(ImmutableArray<double> Edges, ImmutableArray<long> Counts, long Below = 0, long Above = 0)
{
    /// <summary>The most bins there are.</summary>
    public const int MaxBins = 20;

    /// <summary>Equal edges with equal counts.</summary>
    public bool Equals(Histogram? other) => other is not null && Below == other.Below && Above == other.Above && Edges.AsSpan().SequenceEqual(other.Edges.AsSpan()) && Counts.AsSpan().SequenceEqual(other.Counts.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Edges.Length, Edges.FirstOrDefault(), Counts.FirstOrDefault());
}
