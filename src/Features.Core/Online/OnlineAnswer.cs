using Apache.Arrow.Types;

namespace Features.Core.Online;

/// <summary>The answer: columns, each with a value, a status and an event time for every row of the request, in its order.</summary>
/// <param name="Rows">The number of rows.</param>
/// <param name="At">The moment that was asked about.</param>
/// <param name="Columns">The entities' keys first, then features in the order in which they were asked for, on-demand features, transformations.</param>
public sealed record OnlineAnswer(int Rows, DateTimeOffset At, IReadOnlyList<OnlineColumn> Columns)
{
    /// <summary>The views that were read, each in the state that the values come from; so that the answer can be compared with what the tables say. Empty if no view was read.</summary>
    public IReadOnlyList<OnlineViewState> Views { get; init; } = [];
}

/// <summary>One column of an answer. The arrays have one element a row and belong to the caller.</summary>
public sealed class OnlineColumn
{
    /// <summary>A column with no values yet.</summary>
    internal OnlineColumn(string name, IArrowType type, int rows, bool isKey = false)
    {
        (Name, Type, IsKey) = (name, type, isKey);
        Values = new FeatureValue[rows];
        Statuses = new FeatureStatus[rows];
        EventMicros = new long[rows];
    }

    /// <summary>An event time that there is not.</summary>
    public const long NoEvent = long.MinValue;

    /// <summary>Its name in the answer.</summary>
    public string Name { get; }

    /// <summary>Its type, as the historical join gives it.</summary>
    public IArrowType Type { get; }

    /// <summary>Whether it is a key of the request.</summary>
    public bool IsKey { get; }

    /// <summary>The feature that it holds, as the text of a <see cref="Definitions.FeatureReference"/> with its join keys and alias; null for keys and transformations.</summary>
    public string? Reference { get; init; }

    /// <summary>The values; <see cref="FeatureValue.Null"/> unless the status is <see cref="FeatureStatus.Present"/> (a count is 0 where nothing was found).</summary>
    public FeatureValue[] Values { get; }

    /// <summary>The statuses.</summary>
    public FeatureStatus[] Statuses { get; }

    /// <summary>When what the value comes from happened, in microseconds since 1970 UTC: the latest row, or the newest row of the window; <see cref="NoEvent"/> for none (keys, on-demand features, transformations, nothing found).</summary>
    public long[] EventMicros { get; }
}
