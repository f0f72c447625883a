namespace Features.Core.Definitions;

/// <summary>Features computed when they are asked for, from other features and from what the request brings; the same SQL offline (over the joined rows) and online (over the request's rows).</summary>
/// <param name="Name">The view's name; its features are referred to as <c>name:feature</c>.</param>
public sealed record OnDemandView(string Name) : Definition(Name)
{
    /// <inheritdoc/>
    public override string Kind => "OnDemandView";

    /// <summary>The features it reads, as references; in its expressions they go by the feature's name, or by <c>{alias}__{feature}</c> where the reference has an alias.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>The columns that the request (offline: the spine) must bring.</summary>
    public IReadOnlyList<RequestField> Request { get; init; } = [];

    /// <summary>The features: expressions over inputs and request columns, without aggregates.</summary>
    public required IReadOnlyList<Feature> Features { get; init; }
}

/// <summary>A column that a request must bring. <paramref name="Type"/>: an Iceberg primitive type, such as <c>double</c>, <c>string</c>, <c>timestamp</c>.</summary>
public sealed record RequestField(string Name, string Type);
