namespace Features.Core.Online;

/// <summary>What is asked for, for some entities.</summary>
public sealed record OnlineRequest
{
    /// <summary>Feature references, <c>view:feature</c>, <c>view:*</c>, <c>view[key=column]@alias:feature</c>; empty where <see cref="Service"/> says it.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>A feature service; null where <see cref="Features"/> says it.</summary>
    public string? Service { get; init; }

    /// <summary>
    /// The entities' keys and what else the request brings, column by column; all of one length, which is the number of rows. Values are taken as their declared types: an integer for any integer or floating-point column,
    /// a text for a date, a timestamp, a UUID.
    /// </summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<FeatureValue>> Entities { get; init; }

    /// <summary>Call features <c>view__feature</c>; else a clash of names is an error.</summary>
    public bool FullNames { get; init; }

    /// <summary>The moment that is asked about; null for now. Before the views' frontier nothing is known exactly, so that is refused.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>A training set whose fitted transformations are applied, its columns added; null for none.</summary>
    public string? TrainingSet { get; init; }
}
