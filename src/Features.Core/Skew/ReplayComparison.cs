using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Online;
using Features.Core.PointInTime;

namespace Features.Core.Skew;

/// <summary>Replays rows of answers through the historical join and counts what differs.</summary>
internal sealed class ReplayComparison(HistoricalJoin join, SourcePins pins, DefinitionSet definitions, SkewRequest request)
{
    private readonly DefinitionSet definitions = FeatureUse.WithLatest(definitions);

    public async Task RunAsync(Replay replay, Func<string, FeatureTally> tallyOf, CancellationToken cancellationToken)
    {
        string[] references = [.. replay.Uses.Select(u => u.Reference), .. replay.Uses.Select(u => u.Latest).OfType<string>().Distinct()];
        var asked = new JoinRequest(definitions, references, ReplaySpine.Of(replay), request.Reader)
        {
            FullNames = true,
            Trust = SqlTrust.Pipeline,
            Snapshots = replay.Snapshots,
            Schemas = await pins.SchemasAsync(replay.Snapshots.Keys, cancellationToken).ConfigureAwait(false),
        };
        var joined = await join.JoinAsync(asked, cancellationToken).ConfigureAwait(false);
        await using (joined.ConfigureAwait(false))
        {
            var names = joined.FeatureSources.ToDictionary(s => s.Value, s => s.Key);
            var tallies = replay.Uses.Select(u => tallyOf(u.Reference)).ToList();
            var rows = Rows(replay).GetEnumerator();
            await foreach (var batch in joined.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                using (batch)
                {
                    var columns = replay.Uses.Select(u => (Value: Read(batch, names[u.Reference]), Latest: u.Latest is null ? null : Read(batch, names[u.Latest]))).ToList();
                    for (var row = 0; row < batch.Length && rows.MoveNext(); row++)
                    {
                        var (answer, features, index) = rows.Current;
                        for (var f = 0; f < features.Count; f++)
                        {
                            Compare(replay, answer, features[f], index, columns[f].Value[row], columns[f].Latest?[row], tallies[f]);
                        }
                    }
                }
            }
        }
    }

    private void Compare(Replay replay, LoggedAnswer answer, ReplayedFeature feature, int row, FeatureValue offline, FeatureValue? latest, FeatureTally tally)
    {
        var (online, status) = (feature.Logged.Values[row], feature.Logged.Statuses[row]);
        var expected = OfflineStatus.Of(feature.Use.Stored, offline, latest, answer.AtMicros);
        tally.Add(ValueDifference.Of(online, offline), status == expected, request.Tolerance, feature, () => new SkewExample(
            feature.Use.Columns.Keys.Order(StringComparer.Ordinal).ToDictionary(c => c, c => answer.Entities[c][row]),
            DateTimeOffset.UnixEpoch.AddTicks(answer.AtMicros * TimeSpan.TicksPerMicrosecond),
            online,
            status,
            offline,
            expected,
            replay.Snapshots));
    }

    private static FeatureValue[] Read(RecordBatch batch, string column) => [.. FeatureArrays.Read(batch.Column(column))];

    private static IEnumerable<(LoggedAnswer Answer, IReadOnlyList<ReplayedFeature> Features, int Row)> Rows(Replay replay) =>
        replay.Answers.SelectMany(a => Enumerable.Range(0, a.Answer.Rows).Select(row => (a.Answer, a.Features, row)));
}
