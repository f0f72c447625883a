namespace Features.Core.Definitions;

/// <summary>What references ask for. References are resolved against a set that keeps the rules; what does not resolve stands in <see cref="Unknown"/> and is refused by who joins.</summary>
/// <param name="Features">The features of feature views, in the order of the references, each once.</param>
/// <param name="OnDemand">The features of on-demand views, in the order of the references, each once. In a result they stand after <paramref name="Features"/>.</param>
/// <param name="Inputs">Features that <paramref name="OnDemand"/> reads and that nobody asked for: they are joined and not given out.</param>
/// <param name="Unknown">References that name nothing, in their order.</param>
internal sealed record FeatureSelection(
    IReadOnlyList<SelectedFeature> Features, IReadOnlyList<SelectedOnDemand> OnDemand, IReadOnlyList<SelectedFeature> Inputs, IReadOnlyList<string> Unknown)
{
    /// <summary>All that is joined: <see cref="Features"/>, then <see cref="Inputs"/>.</summary>
    public IReadOnlyList<SelectedFeature> Joined => [.. Features, .. Inputs];

    /// <summary>The columns that the spine or the request must bring for the on-demand features, each once.</summary>
    public IReadOnlyList<RequestField> Request => [.. OnDemand.SelectMany(f => f.View.Request).DistinctBy(r => r.Name)];

    public static FeatureSelection Resolve(DefinitionSet set, FeatureService service) => Resolve(set, service.Features);

    public static FeatureSelection Resolve(DefinitionSet set, IEnumerable<string> references)
    {
        var (features, onDemand, unknown) = (new List<SelectedFeature>(), new List<SelectedOnDemand>(), new List<string>());
        foreach (var text in references)
        {
            var reference = FeatureReference.TryParse(text);
            var stored = reference is null ? [] : Stored(set, reference);
            var computed = reference is null ? [] : OnDemandOf(set, reference);
            features.AddRange(stored);
            onDemand.AddRange(computed);
            if (stored.Count + computed.Count == 0)
            {
                unknown.Add(text);
            }
        }

        features = [.. features.Distinct()];
        onDemand = [.. onDemand.DistinctBy(f => (f.View.Name, f.Feature.Name))];
        return new FeatureSelection(features, onDemand, [.. onDemand.SelectMany(f => f.Inputs).Select(i => i.Feature).Distinct().Except(features)], unknown);
    }

    /// <summary>Output names that two features, or a feature and a column of the spine, would share.</summary>
    public IEnumerable<(string Name, string Problem)> Clashes(bool fullNames, IReadOnlyList<string> spineColumns)
    {
        var named = Features.Select(f => (Name: f.OutputName(fullNames), Text: f.ToString())).Concat(OnDemand.Select(f => (Name: f.OutputName(fullNames), Text: f.ToString())));
        foreach (var group in named.GroupBy(f => f.Name))
        {
            if (group.Count() > 1)
            {
                yield return (group.Key, $"{string.Join(" and ", group.Select(f => $"'{f.Text}'"))} are both called '{group.Key}'");
            }

            if (spineColumns.Contains(group.Key))
            {
                yield return (group.Key, $"the feature '{group.First().Text}' and the spine's column '{group.Key}' have one name");
            }
        }
    }

    /// <summary>The features of a feature view that a reference names; empty if it names none.</summary>
    public static IReadOnlyList<SelectedFeature> Stored(DefinitionSet set, FeatureReference reference) => set.Find<FeatureView>(reference.View) is not { } view
        ? []
        : [.. view.Features.Where(f => reference.Feature is null || f.Name == reference.Feature).Select(f => new SelectedFeature(view, f) { Alias = reference.Alias, JoinKeys = reference.JoinKeys })];

    /// <summary>What an on-demand view reads, as far as its references name something.</summary>
    public static IReadOnlyList<OnDemandInput> InputsOf(DefinitionSet set, OnDemandView view) =>
        [.. view.Inputs.Select(FeatureReference.TryParse).OfType<FeatureReference>().SelectMany(r => Stored(set, r)).Distinct().Select(OnDemandInput.Of)];

    private static IReadOnlyList<SelectedOnDemand> OnDemandOf(DefinitionSet set, FeatureReference reference)
    {
        if (set.Find<OnDemandView>(reference.View) is not { } view || reference is { Alias: not null } or { JoinKeys.Count: > 0 })
        {
            return [];
        }

        var inputs = InputsOf(set, view);
        return [.. view.Features.Where(f => reference.Feature is null || f.Name == reference.Feature).Select(f => new SelectedOnDemand(view, f, inputs))];
    }
}
