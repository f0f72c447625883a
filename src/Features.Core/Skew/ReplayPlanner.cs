using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Materialization;
using Features.Core.Online;

namespace Features.Core.Skew;

/// <summary>Says for each feature of an answer at which snapshots it is replayed, or why it cannot be. By the definitions in force.</summary>
internal sealed class ReplayPlanner(DefinitionSet definitions, ISqlEngine engine, SourcePins pins)
{
    private readonly Dictionary<string, FeatureUse?> uses = [];
    private readonly Dictionary<string, string> hashes = [];

    /// <summary>The features in parts that one join each can replay; what cannot be replayed is told to <paramref name="refuse"/>, with the reason.</summary>
    public async Task<IReadOnlyList<ReplayPart>> PlanAsync(LoggedAnswer answer, Action<LoggedFeature, string> refuse, CancellationToken cancellationToken)
    {
        var parts = new List<ReplayPart>();
        var known = new Dictionary<string, (IReadOnlyDictionary<string, long> Snapshots, bool IsSettled, string? Problem)>();
        foreach (var logged in answer.Features)
        {
            if (UseOf(logged.Reference) is not { } use)
            {
                refuse(logged, "no definition in force has it");
                continue;
            }

            if (Misfit(answer, use) is { } misfit)
            {
                refuse(logged, misfit);
                continue;
            }

            var (snapshots, isSettled, problem) = (new Dictionary<string, long>(), true, default(string));
            foreach (var view in use.Views)
            {
                if (!known.TryGetValue(view.Name, out var state))
                {
                    known[view.Name] = state = await StateAsync(answer, view, cancellationToken).ConfigureAwait(false);
                }

                problem ??= state.Problem ?? (state.Snapshots.Any(s => snapshots.GetValueOrDefault(s.Key, s.Value) != s.Value) ? "its inputs answered from different snapshots of one table" : null);
                isSettled &= state.IsSettled;
                foreach (var (table, snapshot) in state.Snapshots)
                {
                    snapshots[table] = snapshot;
                }
            }

            if (problem is not null)
            {
                refuse(logged, problem);
                continue;
            }

            var feature = new ReplayedFeature(logged, use, isSettled, use.Views.Any(v => LoggedHash(answer, v) != HashOf(v)));
            if (!parts.Any(p => p.TryAdd(feature, snapshots)))
            {
                parts.Add(new ReplayPart());
                parts[^1].TryAdd(feature, snapshots);
            }
        }

        return parts;
    }

    private FeatureUse? UseOf(string reference) => uses.TryGetValue(reference, out var use) ? use : uses[reference] = FeatureUse.Of(definitions, reference);

    // Where the definition has changed, it may ask for what the request did not bring.
    private static string? Misfit(LoggedAnswer answer, FeatureUse use)
    {
        foreach (var (column, type) in use.Columns)
        {
            if (!answer.Entities.TryGetValue(column, out var values))
            {
                return $"the definition in force asks for '{column}', which the request did not bring";
            }

            if (values.Any(v => FeatureValues.Coerce(v, FeatureValues.KindOf(type)) is null))
            {
                return $"the definition in force takes '{column}' as {type}, which the request did not bring";
            }
        }

        return null;
    }

    private async Task<(IReadOnlyDictionary<string, long> Snapshots, bool IsSettled, string? Problem)> StateAsync(LoggedAnswer answer, FeatureView view, CancellationToken cancellationToken)
    {
        var (snapshots, isSettled) = (new Dictionary<string, long>(), true);
        if (answer.Views.FirstOrDefault(v => v.View == view.Name) is not { } state)
        {
            return (snapshots, false, $"the answer does not say at which snapshot view '{view.Name}' was");
        }

        foreach (var source in state.Sources)
        {
            var pin = await pins.OfAsync(source, state, cancellationToken).ConfigureAwait(false);
            if (pin.Problem is { } problem)
            {
                return (snapshots, false, problem);
            }

            isSettled &= pin.IsSettled;
            if (pin.Snapshot is { } snapshot)
            {
                snapshots[source.Table] = snapshot;
            }
        }

        return (snapshots, isSettled, null);
    }

    private static string? LoggedHash(LoggedAnswer answer, FeatureView view) => answer.Views.First(v => v.View == view.Name).DefinitionHash;

    private string HashOf(FeatureView view)
    {
        if (!hashes.TryGetValue(view.Name, out var hash))
        {
            hashes[view.Name] = hash = definitions.Find<Entity>(view.EntityName) is { } entity ? ViewHash.Of(view, entity, definitions, engine) : "";
        }

        return hash;
    }
}
