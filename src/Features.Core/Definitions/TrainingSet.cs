namespace Features.Core.Definitions;

/// <summary>What a training set is made of.</summary>
/// <param name="Name">The set's name; its table is <c>training.NAME</c>.</param>
public sealed record TrainingSet(string Name) : Definition(Name)
{
    /// <inheritdoc/>
    public override string Kind => "TrainingSet";

    /// <summary>The feature service whose features are joined.</summary>
    public required string Service { get; init; }

    /// <summary>The rows to be joined to: one SELECT over tables, which yields the entities' keys, the timestamp, the label, and any columns to carry along.</summary>
    public required string Spine { get; init; }

    /// <summary>The spine column that says as of when.</summary>
    public required string Timestamp { get; init; }

    /// <summary>What is to be learnt; null for nothing.</summary>
    public Label? Label { get; init; }

    /// <summary>How rows are shared out to training and test; null for not at all.</summary>
    public Split? Split { get; init; }

    /// <summary>Columns that are learned from others, each from the joined columns or from those before it.</summary>
    public IReadOnlyList<Transformation> Transformations { get; init; } = [];

    /// <summary>Spine columns that are known at the timestamp and are features by themselves.</summary>
    public IReadOnlyList<string> SpineFeatures { get; init; } = [];

    /// <summary>Prefix feature names with their view (<c>view__feature</c>); else a clash of names is an error.</summary>
    public bool FullNames { get; init; }
}
