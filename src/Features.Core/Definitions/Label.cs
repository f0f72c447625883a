namespace Features.Core.Definitions;

/// <summary>What a training set learns to predict, and when it is known. A label that is not known yet at the set's moment is no label: its row is left out of the set and counted.</summary>
/// <param name="Column">The spine column.</param>
public sealed record Label(string Column)
{
    /// <summary>How long after the row's timestamp the label is known; null where <see cref="KnownAt"/> says it, or if it is known at once.</summary>
    public TimeSpan? Matures { get; init; }

    /// <summary>The spine column that says when the label is known (null in a row: never yet); null where <see cref="Matures"/> says it, or if it is known at once.</summary>
    public string? KnownAt { get; init; }

    /// <summary>A label that is known so long after the row's timestamp.</summary>
    public Label After(TimeSpan matures) => this with { Matures = matures };

    /// <summary>A label that is known when a column of the spine says.</summary>
    public Label At(string column) => this with { KnownAt = column };

    /// <summary>A label that is known at once; null for null.</summary>
    public static implicit operator Label?(string? column) => FromString(column);

    /// <summary>A label that is known at once; null for null.</summary>
    public static Label? FromString(string? column) => column is null ? null : new Label(column);
}
