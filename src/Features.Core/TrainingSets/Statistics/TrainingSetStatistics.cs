using System.Collections.Immutable;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>What the rows of a training set hold.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Each column, in the set's order.</param>
/// <param name="Parts">The parts of the split, in the order of their names, rows of none last; empty without a split.</param>
public sealed record TrainingSetStatistics(long Rows, ImmutableArray<ColumnStatistics> Columns, ImmutableArray<PartStatistics> Parts)
{
    /// <summary>A column's statistics by its name; null for a column that there is not.</summary>
    public ColumnStatistics? this[string column] => Columns.FirstOrDefault(c => c.Name == column);

    /// <summary>Equal columns and parts.</summary>
    public bool Equals(TrainingSetStatistics? other) =>
        other is not null && Rows == other.Rows && Columns.AsSpan().SequenceEqual(other.Columns.AsSpan()) && Parts.AsSpan().SequenceEqual(other.Parts.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rows, Columns.Length, Parts.Length);
}

/// <summary>One part of a split.</summary>
/// <param name="Name">Its name; null for the rows that belong to none.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">The label and the time within the part, as far as the set has them.</param>
public sealed record PartStatistics(string? Name, long Rows, ImmutableArray<ColumnStatistics> Columns)
{
    /// <summary>A column's statistics by its name; null for one that is not counted by part.</summary>
    public ColumnStatistics? this[string column] => Columns.FirstOrDefault(c => c.Name == column);

    /// <summary>Equal columns.</summary>
    public bool Equals(PartStatistics? other) => other is not null && Name == other.Name && Rows == other.Rows && Columns.AsSpan().SequenceEqual(other.Columns.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Rows);
}
