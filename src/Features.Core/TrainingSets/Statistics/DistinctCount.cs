namespace Features.Core.TrainingSets.Statistics;

/// <summary>How many different values a column has; nulls and NaNs are none.</summary>
/// <param name="Count">So many.</param>
/// <param name="IsExact">False for an estimate (HyperLogLog of 2^14 registers: a standard error of 0.8%).</param>
public sealed record DistinctCount(long Count, bool IsExact);
