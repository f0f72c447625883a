namespace Features.Core.Definitions.Rules;

internal static class SourceRules
{
    public static void Check(RuleCheck check, FeatureSource source)
    {
        if (source.Table is null == source.Parquet is null)
        {
            check.Fault(source, "", "it must have exactly one of a table and a folder of Parquet files", "name one");
        }

        if (source.Table is { } table)
        {
            check.Table(source, "table", table);
        }

        if (source.Parquet is { } folder && string.IsNullOrWhiteSpace(folder))
        {
            check.Fault(source, "parquet", "the folder has no name", "name a folder, relative to the workspace, or a URI");
        }

        foreach (var group in source.Fields.GroupBy(f => f.Value, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
        {
            check.Fault(source, $"fields/{group.Last().Key}", $"the column '{group.Key}' goes by {string.Join(" and ", group.Select(f => $"'{f.Key}'"))}", "give it one name");
        }
    }
}
