using System.Collections.Immutable;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>The most frequent values of a column.</summary>
/// <param name="Error">Each value stands at most this many times more often than its count says; 0 for exact counts.</param>
/// <param name="Values">Most frequent first, ties by text; at most 20.</param>
public sealed record TopValues(long Error, ImmutableArray<ValueCount> Values)
{
    /// <summary>The most values there are.</summary>
    public const int MaxValues = 20;

    /// <summary>Equal values with an equal error.</summary>
    public bool Equals(TopValues? other) => other is not null && Error == other.Error && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Error, Values.Length, Values.FirstOrDefault());
}

/// <summary>One value and how often it stands.</summary>
/// <param name="Value">As text: numbers plain, times as ISO 8601; of a long text the first 64 characters and an ellipsis.</param>
/// <param name="Count">Rows.</param>
public sealed record ValueCount(string Value, long Count);
