namespace Features.Core.Definitions;

/// <summary>
/// One feature: a SQL expression over the source's row (the latest row's value), or an aggregate of such an expression over a sliding window that ends at the moment of the request.
/// </summary>
/// <param name="Name">The feature's name.</param>
/// <param name="Expression">A SQL expression over the source's columns; <c>*</c> for <see cref="Aggregate.Count"/> of rows.</param>
/// <param name="Aggregate">The aggregate; null for the latest value.</param>
/// <param name="Window">The window's length; required with an aggregate, null without.</param>
public sealed record Feature(string Name, string Expression, Aggregate? Aggregate = null, TimeSpan? Window = null)
{
    /// <summary>Which end of the window belongs to it; without an aggregate it says nothing.</summary>
    public WindowEnd Closed { get; init; }

    /// <summary>What it means; null for none.</summary>
    public string? Description { get; init; }

    /// <summary>Who answers for it; null for the view's owner.</summary>
    public string? Owner { get; init; }

    /// <summary>Governance tags of this feature.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>Aggregates over a window. Nulls are not values. An empty window gives null, or 0 for count.</summary>
public enum Aggregate
{
    /// <summary>The number of values, or of rows for <c>*</c>.</summary>
    Count,

    /// <summary>The sum.</summary>
    Sum,

    /// <summary>The mean; of booleans, the share that is true.</summary>
    Avg,

    /// <summary>The least value.</summary>
    Min,

    /// <summary>The greatest value.</summary>
    Max,

    /// <summary>The value of the first row in the view's order (event, availability, <see cref="FeatureView.OrderBy"/>, canonical row order) whose value is not null.</summary>
    First,

    /// <summary>The value of the last such row.</summary>
    Last,
}

/// <summary>Which end of a window of length w that ends at t belongs to it.</summary>
public enum WindowEnd
{
    /// <summary><c>(t - w, t]</c>: what happened at the moment itself counts, if it was known.</summary>
    Right,

    /// <summary><c>[t - w, t)</c>: what happened at the moment itself does not count.</summary>
    Left,
}
