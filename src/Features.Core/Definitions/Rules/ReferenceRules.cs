namespace Features.Core.Definitions.Rules;

/// <summary>References to features: their form, what they name, and their keys.</summary>
internal static class ReferenceRules
{
    public static void Check(RuleCheck check, Definition from, string list, IReadOnlyList<string> references, bool allowsOnDemand)
    {
        for (var i = 0; i < references.Count; i++)
        {
            Check(check, from, $"{list}/{i}", references[i], allowsOnDemand);
        }
    }

    private static void Check(RuleCheck check, Definition from, string path, string text, bool allowsOnDemand)
    {
        if (FeatureReference.TryParse(text) is not { } reference)
        {
            check.Fault(from, path, $"'{text}' is no feature reference", "write view:feature, or view:* for all of a view's; view[key=column]@alias:feature to use a view for other keys");
            return;
        }

        if (check.Find<OnDemandView>(reference.View) is { } computed)
        {
            if (!allowsOnDemand)
            {
                check.Fault(from, path, $"'{text}' is a feature of an on-demand view", "refer to features of feature views, and repeat the expression here");
            }
            else if (reference is { Alias: not null } or { JoinKeys.Count: > 0 })
            {
                check.Fault(from, path, $"'{text}' gives keys to an on-demand view, which has none", "give them to its inputs, where it is declared");
            }

            CheckFeature(check, from, path, reference, computed.Name, computed.Features);
            return;
        }

        if (check.IsBroken<OnDemandView>(reference.View) || check.Reference<FeatureView>(from, path, reference.View) is not { } view)
        {
            return;
        }

        CheckFeature(check, from, path, reference, view.Name, view.Features);
        if (check.Find<Entity>(view.EntityName) is { } entity)
        {
            foreach (var key in reference.JoinKeys.Keys.Except(entity.Keys.Select(k => k.Name)))
            {
                check.Fault(from, path, $"'{key}' is no key of the view's entity '{entity.Name}'", NearNames.Hint(key, [.. entity.Keys.Select(k => k.Name)], "keys"));
            }
        }
    }

    private static void CheckFeature(RuleCheck check, Definition from, string path, FeatureReference reference, string view, IReadOnlyList<Feature> features)
    {
        if (reference.Feature is { } feature && features.All(f => f.Name != feature))
        {
            check.Fault(from, path, $"view '{view}' has no feature '{feature}'", NearNames.Hint(feature, [.. features.Select(f => f.Name)], "features"));
        }
    }
}
