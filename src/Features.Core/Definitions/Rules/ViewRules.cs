using Features.Core.Definitions.Yaml;
using Features.Iceberg;

namespace Features.Core.Definitions.Rules;

internal static class ViewRules
{
    public static void Check(RuleCheck check, FeatureView view)
    {
        check.Reference<Entity>(view, "entity", view.EntityName);
        CheckSource(check, view);
        check.Any(view, "features", view.Features.Count);
        check.Unique(view, "features", "feature", view.Features.Select(f => f.Name));
        if (view.Ttl is { } ttl && Duration.ToMicros(ttl) <= 0)
        {
            check.Fault(view, "ttl", "the ttl is not positive", "give a duration above 0, or leave it out for any age");
        }

        if (view.Clocks.Available is null && view.Clocks.Inclusive)
        {
            check.Fault(view, "clocks/inclusive", "inclusive speaks of the availability clock, and there is none", "add clocks.available, or remove inclusive");
        }

        foreach (var feature in view.Features)
        {
            CheckFeature(check, view, feature, $"features/name={feature.Name}");
        }
    }

    private static void CheckSource(RuleCheck check, FeatureView view)
    {
        if (view.Sql is not null)
        {
            if (view.Source is not null)
            {
                check.Fault(view, "sql", "a source and SQL both say where the rows come from", "keep one of them");
            }

            return;
        }

        var source = view.Source ?? "";
        if (TableIdentifier.TryParse(source) is not null || check.Find<FeatureSource>(source) is not null || check.IsBroken<FeatureSource>(source))
        {
            return;
        }

        var sources = check.Set.Definitions.OfType<FeatureSource>().Select(s => s.Name).ToList();
        check.Fault(
            view,
            "source",
            DocumentReader.Name().IsMatch(source) ? $"there is no source '{source}'" : $"'{source}' is no table name",
            sources.Count == 0 ? "write namespace.name, or declare it with kind: Source" : $"write namespace.name, or a source's name: {NearNames.Hint(source, sources, "sources")}");
    }

    private static void CheckFeature(RuleCheck check, FeatureView view, Feature feature, string path)
    {
        switch (feature)
        {
            case { Aggregate: null, Window: not null }:
                check.Fault(view, $"{path}/window", $"feature '{feature.Name}' has a window but no aggregate", "add aggregate: such as avg(x), or remove the window");
                break;
            case { Aggregate: not null, Window: null }:
                check.Fault(view, $"{path}/aggregate", $"feature '{feature.Name}' aggregates over no window", "add window: such as 3h");
                break;
            case { Window: { } window } when Duration.ToMicros(window) <= 0:
                check.Fault(view, $"{path}/window", $"the window of feature '{feature.Name}' is not positive", "give a duration above 0");
                break;
        }

        if (feature.Expression == "*" && feature.Aggregate != Aggregate.Count)
        {
            check.Fault(view, path, $"feature '{feature.Name}' is of '*'", "only count(*) takes rows; name a column or an expression");
        }
    }
}
