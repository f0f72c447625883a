using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>A column as its set's card shows it.</summary>
public sealed record CardColumn
{
    /// <summary>Name, type, role and source.</summary>
    public required TrainingColumn Column { get; init; }

    /// <summary>What it holds; of a column whose values are withheld, the counts alone.</summary>
    public required ColumnStatistics Statistics { get; init; }

    /// <summary>What it means, as the definition in force says; null for none.</summary>
    public string? Description { get; init; }

    /// <summary>How it is computed, such as <c>avg(delay) over 3h</c>; null where no definition in force says.</summary>
    public string? Expression { get; init; }

    /// <summary>Who answers for it; null where nobody is named.</summary>
    public string? Owner { get; init; }

    /// <summary>The tags that came down its lineage, and those declared.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>Why its values are not shown, such as <c>sensitivity=restricted</c>; null where they are.</summary>
    public string? WithheldBy { get; init; }
}
