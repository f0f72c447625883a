namespace Features.Core.TrainingSets.Statistics;

/// <summary>What a column holds. Equal rows in equal order give equal statistics, however they are batched.</summary>
public sealed record ColumnStatistics
{
    /// <summary>The column.</summary>
    public required string Name { get; init; }

    /// <summary>What can be said of it.</summary>
    public required ColumnKind Kind { get; init; }

    /// <summary>Rows, nulls among them.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows without a value.</summary>
    public required long Nulls { get; init; }

    /// <summary>Values that are not numbers; they are in none of the figures below.</summary>
    public long NaNs { get; init; }

    /// <summary>Values that are infinite, of both signs; they are in none of the figures below.</summary>
    public long Infinities { get; init; }

    /// <summary>How many values differ; null for <see cref="ColumnKind.Other"/>.</summary>
    public DistinctCount? Distinct { get; init; }

    /// <summary>The least value as text, exact: numbers plain, times as ISO 8601; null where there is none.</summary>
    public string? Min { get; init; }

    /// <summary>The greatest value as text, exact; null where there is none.</summary>
    public string? Max { get; init; }

    /// <summary>The mean; of times in microseconds, of booleans the share of true; null where there is none, or if it is too large for a double.</summary>
    public double? Mean { get; init; }

    /// <summary>The standard deviation of the population; null as <see cref="Mean"/>.</summary>
    public double? StandardDeviation { get; init; }

    /// <summary>Quantiles of numbers and times; null for other kinds, and where there is no value.</summary>
    public QuantileSummary? Quantiles { get; init; }

    /// <summary>Of numbers and times; null for other kinds, and where there is no value.</summary>
    public Histogram? Histogram { get; init; }

    /// <summary>The most frequent texts, and those of columns with at most <see cref="TopValues.MaxValues"/> different numbers, times or booleans; null for others.</summary>
    public TopValues? Top { get; init; }

    /// <summary>Rows with a value.</summary>
    public long Values => Rows - Nulls;
}
