using Features.Core.Definitions;

namespace Features.Core.PointInTime;

/// <summary>One use of a view in a join: its features, by one way from the spine's columns to its keys.</summary>
/// <param name="View">The view.</param>
/// <param name="Entity">Its entity.</param>
/// <param name="Source">What its rows are read from.</param>
/// <param name="Features">The features that are joined, each once.</param>
internal sealed record ViewUse(FeatureView View, Entity Entity, ViewSource Source, IReadOnlyList<SelectedFeature> Features)
{
    /// <summary>The spine's columns that hold the entity's keys, in their order.</summary>
    public IReadOnlyList<string> KeyColumns => [.. Entity.Keys.Select(k => ColumnOf(k.Name))];

    /// <summary>The spine's column that holds a key.</summary>
    public string ColumnOf(string key) => Features[0].ColumnOf(key);

    /// <summary>How long before the spine's first moment a row may have happened and still count, in microseconds; null for any time.</summary>
    public long? ReachMicros
    {
        get
        {
            var reaches = Features.Select(f => f.Feature.Aggregate is null ? View.Ttl : f.Feature.Window).ToList();
            return reaches.Contains(null) ? null : reaches.Max(r => Duration.ToMicros(r!.Value));
        }
    }
}
