using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Inbox;
using Features.Core.Online;
using Features.Core.PointInTime;
using Features.Core.Registry;

namespace Features.Core.Skew;

/// <summary>
/// Compares what was answered online with what a training set would have held: each logged row is asked of the historical join again, for its keys at its moment, over the snapshots that its views were at. Rows that came
/// later therefore make no difference; a definition that was changed since does. Memory is bounded: rows are joined by and by, together with those of the same features and snapshots.
/// </summary>
/// <param name="folder">The folder of the answers (<see cref="AnswerLog"/>).</param>
/// <param name="engine">Evaluates the views' expressions.</param>
/// <param name="gate">Every table is read through it.</param>
/// <param name="registry">The definitions in force.</param>
/// <param name="inbox">Whose pushed batches are told apart.</param>
public sealed class SkewCheck(string folder, ISqlEngine engine, ReadGate gate, IRegistry registry, IInbox inbox)
{
    /// <summary>The door through which sources are read (<see cref="Reader.Action"/>).</summary>
    public const string Action = "skew";

    /// <summary>Logged values that are held until they are joined. Default: 1,048,576, about 64 MB.</summary>
    public long MaxHeldValues { get; init; } = 1 << 20;

    /// <summary>Reads the log and compares.</summary>
    /// <exception cref="AccessDeniedException">The reader may not read one of the tables.</exception>
    public async Task<SkewReport> RunAsync(SkewRequest request, CancellationToken cancellationToken)
    {
        var definitions = await registry.LoadAsync(cancellationToken).ConfigureAwait(false);
        var pins = new SourcePins(gate, definitions, await inbox.GetIdAsync(cancellationToken).ConfigureAwait(false));
        var planner = new ReplayPlanner(definitions, engine, pins);
        var comparison = new ReplayComparison(new HistoricalJoin(engine, gate), pins, definitions, request);
        var tallies = new SortedDictionary<string, FeatureTally>(StringComparer.Ordinal);
        var replays = new Dictionary<string, Replay>();
        var (answers, rows) = (0L, 0L);
        FeatureTally TallyOf(string reference) => tallies.TryGetValue(reference, out var tally) ? tally : tallies[reference] = new FeatureTally(reference, request.Examples);

        var reader = new AnswerReader(folder);
        await foreach (var answer in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!IsChosen(answer, request))
            {
                continue;
            }

            (answers, rows) = (answers + 1, rows + answer.Rows);
            foreach (var part in await planner.PlanAsync(answer, (feature, reason) => TallyOf(feature.Reference).AddNotReplayed(reason, answer.Rows), cancellationToken).ConfigureAwait(false))
            {
                var key = Replay.KeyOf(part);
                if (!replays.TryGetValue(key, out var replay))
                {
                    replays[key] = replay = new Replay(part.Snapshots, part.Columns, [.. part.Features.Select(f => f.Use)]);
                }

                replay.Add(answer, part.Features);
            }

            // The greatest first: what is joined at once is joined at the price of one.
            while (replays.Values.Sum(r => r.ValueCount) > MaxHeldValues)
            {
                var (key, greatest) = replays.MaxBy(r => r.Value.ValueCount);
                replays.Remove(key);
                await comparison.RunAsync(greatest, TallyOf, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (var replay in replays.Values)
        {
            await comparison.RunAsync(replay, TallyOf, cancellationToken).ConfigureAwait(false);
        }

        return new SkewReport(answers, rows, reader.Unreadable, [.. tallies.Values.Select(t => t.ToSkew())]);
    }

    private static bool IsChosen(LoggedAnswer answer, SkewRequest request) =>
        (request.Service is null || answer.Service == request.Service)
        && (request.Since is not { } since || answer.AnsweredMicros >= FeatureValue.Of(since).AsMicros())
        && (request.Until is not { } until || answer.AnsweredMicros < FeatureValue.Of(until).AsMicros());
}
