namespace Features.Core.Definitions.Rules;

internal static class OnDemandRules
{
    public static void Check(RuleCheck check, OnDemandView view)
    {
        check.Any(view, "features", view.Features.Count);
        check.Unique(view, "features", "feature", view.Features.Select(f => f.Name));
        check.Unique(view, "inputs", "reference", view.Inputs);
        check.Unique(view, "request", "request column", view.Request.Select(r => r.Name));
        check.Types(view, "request", view.Request.Select(r => (r.Name, r.Type)), ColumnTypes.IsColumnType, [.. ColumnTypes.Simple, "decimal(P,S)", "fixed[N]"]);
        ReferenceRules.Check(check, view, "inputs", view.Inputs, allowsOnDemand: false);
        if (view.Inputs.Count + view.Request.Count == 0)
        {
            check.Fault(view, "", "it reads neither features nor request columns", "add inputs: or request:");
        }

        var request = view.Request.Select(r => r.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var group in FeatureSelection.InputsOf(check.Set, view).GroupBy(i => i.Name, StringComparer.OrdinalIgnoreCase))
        {
            if (group.Count() > 1)
            {
                check.Fault(view, "inputs", $"{string.Join(" and ", group.Select(i => $"'{i.Feature}'"))} are both called '{group.Key}' in its expressions", "give one an alias, view@alias:feature; it then goes by alias__feature");
            }

            if (request.Contains(group.Key))
            {
                check.Fault(view, "inputs", $"the input '{group.First().Feature}' and a request column are both called '{group.Key}'", "rename the request column, or give the input an alias");
            }
        }

        foreach (var feature in view.Features)
        {
            if (feature.Aggregate is not null || feature.Window is not null)
            {
                check.Fault(view, $"features/name={feature.Name}/aggregate", $"feature '{feature.Name}' aggregates, and an on-demand view sees one row", "aggregate in a feature view and read that feature as an input");
            }

            if (feature.Expression == "*")
            {
                check.Fault(view, $"features/name={feature.Name}", $"feature '{feature.Name}' is of '*'", "name an input or an expression");
            }
        }
    }
}
