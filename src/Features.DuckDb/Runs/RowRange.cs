namespace Features.DuckDb.Runs;

/// <summary>Positions [<paramref name="First"/>, <paramref name="End"/>) of the rows of a file.</summary>
internal sealed record RowRange(long First, long End);
