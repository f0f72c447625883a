namespace Features.Core.TrainingSets.Cards;

/// <summary>A learned column.</summary>
/// <param name="Column">What it reads.</param>
/// <param name="Kind">What it does, such as <c>standardize</c>.</param>
/// <param name="Output">What it makes.</param>
/// <param name="Learned">What it learned, as name and value; empty where that is withheld or nothing was learned.</param>
public sealed record CardTransformation(string Column, string Kind, string Output, IReadOnlyList<KeyValuePair<string, string>> Learned);
