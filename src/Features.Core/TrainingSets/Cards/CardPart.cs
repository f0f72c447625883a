using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>A part of a split, or the whole set.</summary>
/// <param name="Name">The part; null for the rows that belong to none.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Share">Of all rows of the set; 0 for a set without rows.</param>
/// <param name="Time">The time within it; null without one.</param>
/// <param name="Label">The label within it; null without one.</param>
public sealed record CardPart(string? Name, long Rows, double Share, ColumnStatistics? Time, ColumnStatistics? Label);
