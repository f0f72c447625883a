namespace Features.Core.Definitions.Checking;

/// <summary>A feature service's output names: it can be read with full names whatever they are, and without only if each is given once.</summary>
internal static class ServiceCheck
{
    public static void Run(SchemaCheck check, FeatureService service)
    {
        var selection = FeatureSelection.Resolve(check.Set, service);
        var keys = selection.Joined.SelectMany(f => check.Set.Find<Entity>(f.View.EntityName) is { } entity ? entity.Keys.Select(k => f.ColumnOf(k.Name)) : []).Distinct().ToList();
        foreach (var (_, problem) in selection.Clashes(fullNames: false, keys))
        {
            check.Warn(service, "features", problem.Replace("the spine's column", "the key", StringComparison.Ordinal), "rename one of them; else it is read with full names only");
        }
    }
}
