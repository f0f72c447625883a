namespace Features.Core.Definitions;

/// <summary>A feature being declared: an aggregate, still without window and name.</summary>
public sealed record WindowAggregate(Aggregate Aggregate, string Expression)
{
    /// <summary>Gives it the length of its sliding window.</summary>
    public WindowedFeature Over(TimeSpan window) => new(this, window);
}

/// <summary>A feature being declared: an aggregate over a window, still without a name.</summary>
public sealed record WindowedFeature(WindowAggregate Aggregate, TimeSpan Window)
{
    private WindowEnd End { get; init; }

    /// <summary>Says which end of the window belongs to it; without this, the right one.</summary>
    public WindowedFeature Closed(WindowEnd end) => this with { End = end };

    /// <summary>Names it.</summary>
    public Feature As(string name) => new(name, Aggregate.Expression, Aggregate.Aggregate, Window) { Closed = End };
}
