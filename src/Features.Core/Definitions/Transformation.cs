namespace Features.Core.Definitions;

/// <summary>A column of a training set that is learned from another: fitted on the first part of the split only, stored with the set, and applied online by the same code.</summary>
/// <param name="Column">The feature or spine feature that it reads, by its name in the set.</param>
/// <param name="Kind">What it does.</param>
public sealed record Transformation(string Column, TransformationKind Kind)
{
    /// <summary>The output column of this name.</summary>
    public Transformation Named(string output) => this with { As = output };

    /// <summary>The output column; null for <c>{column}__{kind}</c>. One-hot makes a column a value, <c>{as}__{value}</c>.</summary>
    public string? As { get; init; }

    /// <summary>Quantile: the number of bins. Hash: the number of buckets. Vocabulary and one-hot: the most values that are kept, most frequent first. Null for 10, 1024, 1000 and 100.</summary>
    public int? Size { get; init; }

    /// <summary>Impute: by what; null for the mean of numbers, the most frequent of others.</summary>
    public Imputation? By { get; init; }

    /// <summary>Impute by <see cref="Imputation.Constant"/>: the constant, as text; null for others.</summary>
    public string? Value { get; init; }
}

/// <summary>What a transformation does.</summary>
public enum TransformationKind
{
    /// <summary>(x - mean) / standard deviation (of the population; a constant column gives 0). Double; null stays null.</summary>
    Standardize,

    /// <summary>(x - min) / (max - min), within 0 and 1; a constant column gives 0. Double; null stays null.</summary>
    MinMax,

    /// <summary>The bin of x between the fitted quantiles, from 0. Int; null stays null.</summary>
    Quantile,

    /// <summary>The value's place in the vocabulary, by frequency, ties by value; from 1; 0 for values that were not seen, and for null. Int.</summary>
    Vocabulary,

    /// <summary>A column for each value of the vocabulary: 1 where it is the value, else 0. Int.</summary>
    OneHot,

    /// <summary>A bucket of the value's hash (seeded XxHash64 of its canonical encoding), from 0; null stays null. Int. Learns nothing.</summary>
    Hash,

    /// <summary>The value, with what was learned in place of null. The column's type.</summary>
    Impute,
}

/// <summary>What stands in for a null.</summary>
public enum Imputation
{
    /// <summary>The mean of the values; numbers only.</summary>
    Mean,

    /// <summary>The median of the values; numbers only.</summary>
    Median,

    /// <summary>The most frequent value, the least of those equally frequent.</summary>
    MostFrequent,

    /// <summary>A constant.</summary>
    Constant,
}
