namespace Features.Core.Definitions;

/// <summary>Features of one entity, computed from one table.</summary>
/// <param name="Name">The view's name.</param>
/// <param name="EntityName">The entity whose keys are columns of the source.</param>
public sealed record FeatureView(string Name, string EntityName) : Definition(Name)
{
    /// <summary>Declares a view of an entity.</summary>
    public FeatureView(string name, Entity entity)
        : this(name, entity.Name)
    {
    }

    /// <inheritdoc/>
    public override string Kind => "FeatureView";

    /// <summary>The rows: a table, <c>namespace.name</c>, or the name of a <see cref="FeatureSource"/>; null where <see cref="Sql"/> says it.</summary>
    public string? Source { get; init; }

    /// <summary>The rows as one SELECT over tables (<c>namespace.name</c>) and sources (by name), which yields keys, clocks and what features read; null where <see cref="Source"/> says it.</summary>
    public string? Sql { get; init; }

    /// <summary>When it happened and when it was known.</summary>
    public required Clocks Clocks { get; init; }

    /// <summary>How old a row may be and still be joined, inclusive; null for any age. Windowed aggregates do not use it.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>The features, in order.</summary>
    public required IReadOnlyList<Feature> Features { get; init; }

    /// <summary>Columns whose greatest values win among rows equal in both clocks; empty for none.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];
}

/// <summary>The two clocks of a source. <paramref name="Available"/> null: rows are known when they happen, so a row that happens at the very moment of the request counts; a spine made of the same rows then sees itself, and needs an availability clock not to. <paramref name="Inclusive"/>: with an availability clock, a row known at the very moment of the request counts too (default: it does not, so that a row never informs itself).</summary>
public sealed record Clocks(string Event, string? Available = null, bool Inclusive = false);
