namespace Features.Flight.Layout;

/// <summary>An array of a batch: a column, or a child of one.</summary>
/// <param name="Length">Its slots.</param>
/// <param name="Nulls">How many of them are null.</param>
internal readonly record struct BatchNode(int Length, int Nulls);
