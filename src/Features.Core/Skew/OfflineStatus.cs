using Features.Core.Definitions;
using Features.Core.Online;

namespace Features.Core.Skew;

/// <summary>The status that an online answer should have, told by what the historical join gives.</summary>
internal static class OfflineStatus
{
    private const long MicrosPerDay = 86_400_000_000;

    /// <param name="feature">The feature; null for one of an on-demand view.</param>
    /// <param name="value">Its value.</param>
    /// <param name="latest">When the latest row happened that its view knows at the moment; null for none, and for on-demand views.</param>
    /// <param name="at">The moment, in microseconds since 1970 UTC.</param>
    public static FeatureStatus Of(SelectedFeature? feature, FeatureValue value, FeatureValue? latest, long at) => feature is null
        ? value.IsNull ? FeatureStatus.NullValue : FeatureStatus.Present
        : feature.Feature.Aggregate == Aggregate.Count ? FeatureStatus.Present
        : Micros(latest ?? FeatureValue.Null) is not { } happened ? FeatureStatus.NotFound
        : feature.Feature.Aggregate is null && feature.View.Ttl is { } ttl && happened < at - Duration.ToMicros(ttl) ? FeatureStatus.OutsideMaxAge
        : value.IsNull ? FeatureStatus.NullValue : FeatureStatus.Present;

    private static long? Micros(FeatureValue moment) => moment.Kind switch
    {
        FeatureValueKind.Timestamp => moment.AsMicros(),
        FeatureValueKind.Date => moment.AsDays() * MicrosPerDay,
        _ => null,
    };
}
