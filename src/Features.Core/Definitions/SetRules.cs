using Features.Core.Definitions.Yaml;
using Features.Iceberg;

namespace Features.Core.Definitions;

/// <summary>What definitions must keep among each other and within: names, references, windows, keys. No I/O.</summary>
internal sealed class SetRules
{
    private readonly DefinitionSet set;
    private readonly IReadOnlySet<(string Kind, string Name)> broken;
    private readonly Func<Definition, string, SourcePlace?> placeOf;
    private readonly List<DefinitionFault> faults = [];

    private SetRules(DefinitionSet set, IReadOnlySet<(string Kind, string Name)> broken, Func<Definition, string, SourcePlace?> placeOf)
    {
        this.set = set;
        this.broken = broken;
        this.placeOf = placeOf;
    }

    /// <summary>All faults of a set however it was built.</summary>
    public static IReadOnlyList<DefinitionFault> Check(DefinitionSet set) => Check(set, [], new HashSet<(string, string)>(), (d, _) => d.Place);

    /// <summary>All faults. Of <paramref name="drafts"/>, which have faults already, only what they refer to. References to a <paramref name="broken"/> definition are not held against whoever refers to it.</summary>
    public static IReadOnlyList<DefinitionFault> Check(
        DefinitionSet set, IReadOnlyList<Definition> drafts, IReadOnlySet<(string Kind, string Name)> broken, Func<Definition, string, SourcePlace?> placeOf)
    {
        var rules = new SetRules(set, broken, placeOf);
        rules.CheckNames();
        foreach (var draft in drafts)
        {
            rules.CheckReferences(draft);
        }

        foreach (var definition in set.Definitions)
        {
            rules.CheckOne(definition);
        }

        return rules.faults;
    }

    private void CheckNames()
    {
        foreach (var group in set.Definitions.GroupBy(d => (d.Kind, d.Name)))
        {
            foreach (var again in group.Skip(1))
            {
                Fault(again, "name", $"the name is taken by another {group.Key.Kind}{(group.First().Place is { } first ? $" at {first}" : "")}", "rename one of them");
            }
        }

        foreach (var definition in set.Definitions.Where(d => !DocumentReader.Name().IsMatch(d.Name)))
        {
            Fault(definition, "name", $"'{definition.Name}' is no name", "use lower-case letters, digits and underscores, with a letter first");
        }
    }

    private void CheckOne(Definition definition)
    {
        switch (definition)
        {
            case Pipeline pipeline:
                CheckReference<Contract>(pipeline, "contract", pipeline.Contract);
                CheckTable(pipeline, "target/table", pipeline.Target.Table);
                CheckUnique(pipeline, "rules", "rule", pipeline.Rules.Select(r => r.Id));
                break;
            case Contract contract:
                CheckUnique(contract, "columns", "column", contract.Columns.Select(c => c.Name));
                CheckUnique(contract, "rules", "rule", contract.Rules.Select(r => r.Id));
                CheckTypes(contract, "columns", contract.Columns.Select(c => (c.Name, c.Type)), ColumnTypes.IsColumnType, [.. ColumnTypes.Simple, "decimal(P,S)", "fixed[N]"]);
                break;
            case Entity entity:
                CheckAny(entity, "keys", entity.Keys.Count);
                CheckUnique(entity, "keys", "key", entity.Keys.Select(k => k.Name));
                CheckTypes(entity, "keys", entity.Keys.Select(k => (k.Name, k.Type)), ColumnTypes.Keys.Contains, ColumnTypes.Keys);
                break;
            case FeatureView view:
                CheckView(view);
                break;
            case FeatureService service:
                CheckService(service);
                break;
            case TrainingSet training:
                CheckTrainingSet(training);
                break;
        }
    }

    private void CheckReferences(Definition draft)
    {
        switch (draft)
        {
            case Pipeline { Contract: { Length: > 0 } contract }:
                CheckReference<Contract>(draft, "contract", contract);
                break;
            case FeatureView { EntityName: { Length: > 0 } entity }:
                CheckReference<Entity>(draft, "entity", entity);
                break;
            case TrainingSet { Service: { Length: > 0 } service }:
                CheckReference<FeatureService>(draft, "service", service);
                break;
        }
    }

    private void CheckView(FeatureView view)
    {
        CheckReference<Entity>(view, "entity", view.EntityName);
        CheckTable(view, "source", view.Source ?? "");
        CheckAny(view, "features", view.Features.Count);
        CheckUnique(view, "features", "feature", view.Features.Select(f => f.Name));
        if (view.Ttl is { } ttl && Duration.ToMicros(ttl) <= 0)
        {
            Fault(view, "ttl", "the ttl is not positive", "give a duration above 0, or leave it out for any age");
        }

        if (view.Clocks.Available is null && view.Clocks.Inclusive)
        {
            Fault(view, "clocks/inclusive", "inclusive speaks of the availability clock, and there is none", "add clocks.available, or remove inclusive");
        }

        foreach (var feature in view.Features)
        {
            CheckFeature(view, feature, $"features/name={feature.Name}");
        }
    }

    private void CheckFeature(FeatureView view, Feature feature, string path)
    {
        switch (feature)
        {
            case { Aggregate: null, Window: not null }:
                Fault(view, $"{path}/window", $"feature '{feature.Name}' has a window but no aggregate", "add aggregate: such as avg(x), or remove the window");
                break;
            case { Aggregate: not null, Window: null }:
                Fault(view, $"{path}/aggregate", $"feature '{feature.Name}' aggregates over no window", "add window: such as 3h");
                break;
            case { Window: { } window } when Duration.ToMicros(window) <= 0:
                Fault(view, $"{path}/window", $"the window of feature '{feature.Name}' is not positive", "give a duration above 0");
                break;
        }

        if (feature.Expression == "*" && feature.Aggregate != Aggregate.Count)
        {
            Fault(view, path, $"feature '{feature.Name}' is of '*'", "only count(*) takes rows; name a column or an expression");
        }
    }

    private void CheckService(FeatureService service)
    {
        CheckAny(service, "features", service.Features.Count);
        CheckUnique(service, "features", "reference", service.Features);
        for (var i = 0; i < service.Features.Count; i++)
        {
            var path = $"features/{i}";
            if (FeatureReference.TryParse(service.Features[i]) is not { } reference)
            {
                Fault(service, path, $"'{service.Features[i]}' is no feature reference", "write view:feature, or view:* for all of a view's");
            }
            else if (CheckReference<FeatureView>(service, path, reference.View) is { } view && reference.Feature is { } feature && view.Features.All(f => f.Name != feature))
            {
                Fault(service, path, $"view '{view.Name}' has no feature '{feature}'", NearNames.Hint(feature, [.. view.Features.Select(f => f.Name)], "features"));
            }
        }
    }

    private void CheckTrainingSet(TrainingSet training)
    {
        if (training.Label?.Column == training.Timestamp)
        {
            Fault(training, "label", "the label is the timestamp", "name the column to be learnt");
        }

        if (training.Label?.Column is { } label && training.SpineFeatures.Contains(label))
        {
            Fault(training, "spine_features", $"the label '{label}' is among the spine features", "remove it there; a label may not be a feature");
        }

        CheckUnique(training, "spine_features", "spine feature", training.SpineFeatures);
        if (CheckReference<FeatureService>(training, "service", training.Service) is { } service)
        {
            var taken = new[] { training.Timestamp, training.Label?.Column }.Concat(training.SpineFeatures).OfType<string>().ToList();
            foreach (var (name, problem) in FeatureSelection.Resolve(set, service).Clashes(training.FullNames, taken))
            {
                Fault(training, training.FullNames ? "" : "service", problem, training.FullNames ? $"rename '{name}'" : "set full_names: true, or rename one of them");
            }
        }
    }

    private T? CheckReference<T>(Definition from, string path, string? name)
        where T : Definition
    {
        var found = name is null ? null : set.Find<T>(name);
        if (name is null || found is not null)
        {
            return found;
        }

        if (!broken.Contains((typeof(T).Name, name)))
        {
            Fault(from, path, $"there is no {typeof(T).Name} '{name}'", $"declare it with kind: {typeof(T).Name}, or refer to another: {NearNames.Hint(name, [.. set.Definitions.OfType<T>().Select(d => d.Name)], "names")}");
        }

        return null;
    }

    private void CheckTable(Definition definition, string path, string table)
    {
        if (TableIdentifier.TryParse(table) is null)
        {
            Fault(definition, path, $"'{table}' is no table name", "write namespace.name");
        }
    }

    private void CheckAny(Definition definition, string path, int count)
    {
        if (count == 0)
        {
            Fault(definition, path, $"there are no {path}", "give at least one");
        }
    }

    private void CheckUnique(Definition definition, string path, string what, IEnumerable<string> names)
    {
        foreach (var (again, index) in names.Select((n, i) => (n, i)).GroupBy(n => n.n).SelectMany(g => g.Skip(1)))
        {
            Fault(definition, $"{path}/{index}", $"{what} '{again}' stands twice", "remove or rename one");
        }
    }

    private void CheckTypes(Definition definition, string path, IEnumerable<(string Name, string Type)> columns, Func<string, bool> isKnown, IReadOnlyList<string> known)
    {
        foreach (var ((name, type), index) in columns.Select((c, i) => (c, i)).Where(c => !isKnown(c.c.Type)))
        {
            Fault(definition, $"{path}/{index}/type", $"'{name}' has the unknown type '{type}'", NearNames.Hint(type, known, "types"));
        }
    }

    private void Fault(Definition definition, string path, string problem, string remedy) =>
        faults.Add(new DefinitionFault(placeOf(definition, path), $"{definition.Kind} '{definition.Name}'", problem, remedy));
}
