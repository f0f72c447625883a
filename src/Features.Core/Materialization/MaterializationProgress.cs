namespace Features.Core.Materialization;

/// <summary>How far a view's materialisation is.</summary>
/// <param name="View">The view.</param>
/// <param name="Mode">What is done.</param>
/// <param name="Rows">Rows that were read.</param>
/// <param name="RowsPlanned">Rows of the files that are to be read; rows without key or clock count here and not in <paramref name="Rows"/>.</param>
/// <param name="Parts">Parts that are written.</param>
public sealed record MaterializationProgress(string View, MaterializationMode Mode, long Rows, long RowsPlanned, long Parts);
