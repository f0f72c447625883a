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
    /// <summary>Names it.</summary>
    public Feature As(string name) => new(name, Aggregate.Expression, Aggregate.Aggregate, Window);
}
