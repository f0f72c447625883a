namespace Features.Core.Engine;

/// <summary>A condition on single rows: a function of the row's own values, which reads nothing else and gives the same in every run.</summary>
/// <param name="Text">The condition as the engine writes it, so that two spellings of one condition are equal.</param>
/// <param name="Columns">The columns that it reads, by their names in the schema and in its order.</param>
public sealed record RowCondition(string Text, IReadOnlyList<string> Columns);
