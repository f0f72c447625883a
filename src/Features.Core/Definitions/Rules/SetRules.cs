using Features.Core.Definitions.Yaml;

namespace Features.Core.Definitions.Rules;

/// <summary>What definitions must keep among each other and within: names, references, windows, keys. No I/O.</summary>
internal static class SetRules
{
    /// <summary>All faults of a set however it was built.</summary>
    public static IReadOnlyList<DefinitionFault> Check(DefinitionSet set) => Check(set, [], new HashSet<(string, string)>(), (d, _) => d.Place);

    /// <summary>All faults. Of <paramref name="drafts"/>, which have faults already, only what they refer to. References to a <paramref name="broken"/> definition are not held against whoever refers to it.</summary>
    public static IReadOnlyList<DefinitionFault> Check(
        DefinitionSet set, IReadOnlyList<Definition> drafts, IReadOnlySet<(string Kind, string Name)> broken, Func<Definition, string, SourcePlace?> placeOf)
    {
        var check = new RuleCheck(set, broken, placeOf);
        CheckNames(check);
        foreach (var draft in drafts)
        {
            CheckReferences(check, draft);
        }

        foreach (var definition in set.Definitions)
        {
            CheckOne(check, definition);
        }

        return check.Faults;
    }

    private static void CheckNames(RuleCheck check)
    {
        // Features are referred to by view and name, so stored and computed views share their names.
        foreach (var group in check.Set.Definitions.GroupBy(d => (Kind: d is OnDemandView ? "FeatureView" : d.Kind, d.Name)))
        {
            foreach (var again in group.Skip(1))
            {
                check.Fault(again, "name", $"the name is taken by another {group.First().Kind}{(group.First().Place is { } first ? $" at {first}" : "")}", "rename one of them");
            }
        }

        foreach (var definition in check.Set.Definitions.Where(d => !DocumentReader.Name().IsMatch(d.Name)))
        {
            check.Fault(definition, "name", $"'{definition.Name}' is no name", "use lower-case letters, digits and underscores, with a letter first");
        }
    }

    private static void CheckOne(RuleCheck check, Definition definition)
    {
        switch (definition)
        {
            case Pipeline pipeline:
                CheckReferences(check, pipeline);
                check.Table(pipeline, "target/table", pipeline.Target.Table);
                check.Unique(pipeline, "rules", "rule", pipeline.Rules.Select(r => r.Id));
                break;
            case Contract contract:
                check.Unique(contract, "columns", "column", contract.Columns.Select(c => c.Name));
                check.Unique(contract, "rules", "rule", contract.Rules.Select(r => r.Id));
                check.Types(contract, "columns", contract.Columns.Select(c => (c.Name, c.Type)), ColumnTypes.IsColumnType, [.. ColumnTypes.Simple, "decimal(P,S)", "fixed[N]"]);
                break;
            case Entity entity:
                check.Any(entity, "keys", entity.Keys.Count);
                check.Unique(entity, "keys", "key", entity.Keys.Select(k => k.Name));
                check.Types(entity, "keys", entity.Keys.Select(k => (k.Name, k.Type)), ColumnTypes.Keys.Contains, ColumnTypes.Keys);
                break;
            case FeatureSource source:
                SourceRules.Check(check, source);
                break;
            case PushSource source:
                check.Table(source, "table", source.Table);
                break;
            case FeatureView view:
                ViewRules.Check(check, view);
                break;
            case OnDemandView view:
                OnDemandRules.Check(check, view);
                break;
            case FeatureService service:
                check.Any(service, "features", service.Features.Count);
                check.Unique(service, "features", "reference", service.Features);
                ReferenceRules.Check(check, service, "features", service.Features, allowsOnDemand: true);
                break;
            case TrainingSet training:
                TrainingSetRules.Check(check, training);
                break;
        }
    }

    private static void CheckReferences(RuleCheck check, Definition definition)
    {
        switch (definition)
        {
            case Pipeline pipeline:
                check.Reference<Contract>(pipeline, "contract", pipeline.Contract);
                break;
            case FeatureView view:
                check.Reference<Entity>(view, "entity", view.EntityName is { Length: > 0 } entity ? entity : null);
                break;
            case TrainingSet training:
                check.Reference<FeatureService>(training, "service", training.Service is { Length: > 0 } service ? service : null);
                break;
        }
    }
}
