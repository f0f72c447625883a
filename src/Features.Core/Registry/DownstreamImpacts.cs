using Features.Core.Definitions;

namespace Features.Core.Registry;

/// <summary>What changes reach: sources and entities → views → on-demand views → services → training sets → what was made of them.</summary>
public static class DownstreamImpacts
{
    /// <summary>Everything that depends on what a plan changes or removes, those changed themselves left out.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="before">The definitions that stand.</param>
    /// <param name="after">The definitions as they will be.</param>
    /// <param name="datasets">The training sets that were made: name, and the definitions (<c>KIND/NAME</c>) they were made by with their hashes.</param>
    /// <param name="materialized">The names of the views that are materialised.</param>
    public static IReadOnlyList<RegistryImpact> Of(
        RegistryPlan plan, DefinitionSet before, DefinitionSet after, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> datasets, IReadOnlySet<string> materialized)
    {
        // A change of words (description, owner, tags) changes no value.
        var changed = plan.Entries.Where(e => e.Change == RegistryChange.Removed || (e.Change == RegistryChange.Changed && e.Differences.Any(ChangesValues)))
            .Select(e => $"{e.Kind}/{e.Name}").ToHashSet();
        var reached = new Dictionary<string, SortedSet<string>>();
        foreach (var definition in InOrder(before).Concat(InOrder(after)))
        {
            var key = $"{definition.Kind}/{definition.Name}";
            foreach (var input in InputsOf(definition, ReferenceEquals(definition, Find(after, definition)) ? after : before))
            {
                var causes = changed.Contains(input) ? [input] : reached.GetValueOrDefault(input) ?? [];
                if (causes.Count > 0)
                {
                    (reached.TryGetValue(key, out var known) ? known : reached[key] = new SortedSet<string>(StringComparer.Ordinal)).UnionWith(causes);
                }
            }
        }

        var impacts = new List<RegistryImpact>();
        foreach (var definition in InOrder(after))
        {
            var key = $"{definition.Kind}/{definition.Name}";
            if (!changed.Contains(key) && reached.TryGetValue(key, out var causes) && Enum.TryParse<ImpactKind>(definition.Kind, out var kind))
            {
                impacts.Add(new RegistryImpact(kind, definition.Name, [.. causes]));
            }
        }

        foreach (var (name, definitions) in datasets.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            var causes = plan.Entries.Where(e => changed.Contains($"{e.Kind}/{e.Name}") && definitions.TryGetValue($"{e.Kind}/{e.Name}", out var hash) && hash != e.Hash).Select(e => $"{e.Kind}/{e.Name}").ToList();
            if (causes.Count > 0)
            {
                impacts.Add(new RegistryImpact(ImpactKind.Dataset, name, causes));
            }
        }

        foreach (var view in before.Definitions.OfType<FeatureView>().Where(v => materialized.Contains(v.Name)))
        {
            var key = $"{view.Kind}/{view.Name}";
            IReadOnlyList<string> causes = changed.Contains(key) ? [key] : [.. reached.GetValueOrDefault(key) ?? []];
            if (causes.Count > 0)
            {
                impacts.Add(new RegistryImpact(ImpactKind.Materialized, view.Name, causes));
            }
        }

        return impacts;
    }

    private static bool ChangesValues(DefinitionDifference difference) =>
        !difference.Path.Split('/').Any(step => step is "description" or "owner" or "tags" or "column_tags");

    private static IEnumerable<Definition> InOrder(DefinitionSet set) => set.Definitions.OrderBy(d => d switch
    {
        FeatureView => 1,
        OnDemandView => 2,
        FeatureService => 3,
        TrainingSet => 4,
        _ => 0,
    });

    private static Definition? Find(DefinitionSet set, Definition like) => set.Definitions.FirstOrDefault(d => d.Kind == like.Kind && d.Name == like.Name);

    private static IEnumerable<string> InputsOf(Definition definition, DefinitionSet set) => definition switch
    {
        FeatureView view => SourcesOf(view, set).Select(s => $"Source/{s}").Append($"Entity/{view.EntityName}"),
        OnDemandView view => ViewsOf(view.Inputs, set),
        FeatureService service => ViewsOf(service.Features, set),
        TrainingSet training => [$"FeatureService/{training.Service}"],
        _ => [],
    };

    /// <summary>The sources that a view may read; of SQL, those whose names stand in it as words.</summary>
    private static IEnumerable<string> SourcesOf(FeatureView view, DefinitionSet set) => view.Sql is not { } sql
        ? view.Source is { } source ? [source] : []
        : set.Definitions.OfType<FeatureSource>().Select(s => s.Name).Intersect(sql.Split(Separators, StringSplitOptions.RemoveEmptyEntries));

    private static readonly char[] Separators = [.. Enumerable.Range(0, 128).Select(c => (char)c).Where(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.'))];

    private static IEnumerable<string> ViewsOf(IEnumerable<string> references, DefinitionSet set) => references.Select(FeatureReference.TryParse).OfType<FeatureReference>()
        .Select(r => set.Find<OnDemandView>(r.View) is null ? $"FeatureView/{r.View}" : $"OnDemandView/{r.View}").Distinct();
}
