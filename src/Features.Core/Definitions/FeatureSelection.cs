namespace Features.Core.Definitions;

/// <summary>One feature of one view, to be joined. References are resolved against a set that keeps the rules; what does not resolve is left out there and refused by who joins.</summary>
internal sealed record SelectedFeature(FeatureView View, Feature Feature)
{
    public string OutputName(bool fullNames) => fullNames ? $"{View.Name}__{Feature.Name}" : Feature.Name;

    public override string ToString() => $"{View.Name}:{Feature.Name}";
}

/// <summary>From references to features, in their order, each once.</summary>
internal static class FeatureSelection
{
    public static IReadOnlyList<SelectedFeature> Resolve(DefinitionSet set, FeatureService service) => Resolve(set, service.Features);

    public static IReadOnlyList<SelectedFeature> Resolve(DefinitionSet set, IEnumerable<string> references) =>
    [
        .. references.Select(FeatureReference.TryParse).OfType<FeatureReference>()
            .SelectMany(r => set.Find<FeatureView>(r.View) is { } view
                ? view.Features.Where(f => r.Feature is null || f.Name == r.Feature).Select(f => new SelectedFeature(view, f))
                : [])
            .DistinctBy(s => (s.View.Name, s.Feature.Name)),
    ];

    /// <summary>Output names that two features, or a feature and a column of the spine, would share.</summary>
    public static IEnumerable<(string Name, string Problem)> Clashes(IReadOnlyList<SelectedFeature> features, bool fullNames, IReadOnlyList<string> spineColumns)
    {
        foreach (var group in features.GroupBy(f => f.OutputName(fullNames)))
        {
            if (group.Count() > 1)
            {
                yield return (group.Key, $"{string.Join(" and ", group.Select(f => $"'{f}'"))} are both called '{group.Key}'");
            }

            if (spineColumns.Contains(group.Key))
            {
                yield return (group.Key, $"the feature '{group.First()}' and the spine's column '{group.Key}' have one name");
            }
        }
    }
}
