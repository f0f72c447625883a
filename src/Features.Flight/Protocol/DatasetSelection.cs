namespace Features.Flight.Protocol;

/// <summary>Which rows and columns are to be in memory, as they were asked for; a source pins it.</summary>
/// <param name="Name">A training set's name, or a table's where <paramref name="Table"/> is set.</param>
/// <param name="Table">The table's version; null for a training set.</param>
public sealed record DatasetSelection(string Name, TableSelection? Table = null)
{
    /// <summary>A predicate over the columns, which rows must satisfy; null for all rows.</summary>
    public string? Filter { get; init; }

    /// <summary>The columns that are wanted; null for all. A source may load others beside them.</summary>
    public IReadOnlyList<string>? Columns { get; init; }
}
