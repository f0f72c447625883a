using Features.Core.Online;

namespace Features.Core.Skew;

/// <summary>One value that differs.</summary>
/// <param name="Keys">What the request brought for it: keys and request columns, by column.</param>
/// <param name="At">The moment that was asked about.</param>
/// <param name="Online">What was answered.</param>
/// <param name="OnlineStatus">With which status.</param>
/// <param name="Offline">What the historical join gives.</param>
/// <param name="OfflineStatus">With which status.</param>
/// <param name="Snapshots">The snapshots that were read, by table.</param>
public sealed record SkewExample(
    IReadOnlyDictionary<string, FeatureValue> Keys,
    DateTimeOffset At,
    FeatureValue Online,
    FeatureStatus OnlineStatus,
    FeatureValue Offline,
    FeatureStatus OfflineStatus,
    IReadOnlyDictionary<string, long> Snapshots);
