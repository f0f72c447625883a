using System.Globalization;
using Apache.Arrow;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.PointInTime;

namespace Features.Core.TrainingSets;

/// <summary>When labels are known. A label that is not known at the set's moment is no label, and its row is left out.</summary>
internal static class LabelMaturity
{
    /// <summary>The set's moment where none was given: when the newest snapshot that the spine reads was committed, so that it is the same each time. Null if the spine's tables have no snapshot, and so no rows.</summary>
    public static DateTimeOffset? MomentOf(IEnumerable<PinnedRead> spine) =>
        spine.Select(r => r.Plan.Snapshot).Where(s => s is not null).Max(s => (long?)s!.TimestampMs) is { } newest ? DateTimeOffset.FromUnixTimeMilliseconds(newest) : null;

    /// <summary>The condition on the spine's columns that a label is known at a moment; null where it is known at once.</summary>
    public static string? ConditionOf(TrainingSet set, DateTimeOffset asOf) => set.Label switch
    {
        { KnownAt: { } column } => string.Create(CultureInfo.InvariantCulture, $"epoch_us({Sql.Name(column)}) <= {Micros.Of(asOf)}"),
        { Matures: { } matures } => string.Create(CultureInfo.InvariantCulture, $"epoch_us({Sql.Name(set.Timestamp)}) <= {Micros.Of(asOf) - Duration.ToMicros(matures)}"),
        _ => null,
    };

    /// <summary>The spine without the rows whose label is not known at a moment.</summary>
    public static string SpineOf(TrainingSet set, DateTimeOffset? asOf) =>
        asOf is { } moment && ConditionOf(set, moment) is { } condition ? $"SELECT * FROM (\n{set.Spine}\n) AS _labelled WHERE {condition}" : set.Spine;

    /// <summary>How many rows <see cref="SpineOf"/> leaves out, as a SELECT of one number over the spine's relation; null if it leaves out none.</summary>
    public static string? LeftOutOf(TrainingSet set, string relation, DateTimeOffset? asOf) =>
        asOf is { } moment && ConditionOf(set, moment) is { } condition ? $"SELECT count(*) AS n FROM {relation} AS _labelled WHERE ({condition}) IS NOT TRUE" : null;

    /// <summary>A function from a row, which has a timestamp, to when its label is known (microseconds since 1970 UTC); null for never.</summary>
    public static Func<int, long?> KnownAt(TrainingSet set, RecordBatch batch)
    {
        if (set.Label is { KnownAt: { } column })
        {
            var clock = batch.Column(column);
            var known = CellReader.Moments(clock, column);
            return i => clock.IsNull(i) ? null : known(i);
        }

        var moments = CellReader.Moments(batch.Column(set.Timestamp), set.Timestamp);
        var matures = set.Label?.Matures is { } span ? Duration.ToMicros(span) : 0;
        return i => moments(i) + matures;
    }
}
