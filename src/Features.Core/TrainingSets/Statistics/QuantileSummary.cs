using System.Collections.Immutable;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>Quantiles of a column's finite values: of each share p, the least value that at least p of the values do not exceed (the nearest rank).</summary>
/// <param name="RankError">The rank of each is off by at most this share of the values; 0 for exact ones.</param>
/// <param name="Values">By rising share.</param>
public sealed record QuantileSummary(double RankError, ImmutableArray<Quantile> Values)
{
    /// <summary>The shares that are kept.</summary>
    public static ImmutableArray<double> Shares { get; } = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    /// <summary>The quantile of one of <see cref="Shares"/>; null for any other.</summary>
    public double? this[double share] => Values.FirstOrDefault(q => q.Share == share)?.Value;

    /// <summary>Equal quantiles with an equal error.</summary>
    public bool Equals(QuantileSummary? other) => other is not null && RankError == other.RankError && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(RankError, Values.Length);
}

/// <summary>One quantile.</summary>
/// <param name="Share">Between 0 and 1.</param>
/// <param name="Value">A number; of times, microseconds.</param>
public sealed record Quantile(double Share, double Value);
