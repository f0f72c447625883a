using Features.Iceberg.DataFiles;

namespace Features.Core.Definitions.Checking;

/// <summary>Sources and push sources against what stands.</summary>
internal static class SourceCheck
{
    public static async Task RunAsync(SchemaCheck check, FeatureSource source, CancellationToken cancellationToken)
    {
        var path = source.Table is null ? "parquet" : "table";
        if (await check.SchemaAsync(source, path, source.TableName, cancellationToken).ConfigureAwait(false) is not { } schema)
        {
            return;
        }

        var columns = ArrowSchema.From(schema);
        check.Cover(source, "fields", "column", source.Fields.Values, columns);
        foreach (var name in source.Fields.Keys.Except(source.Fields.Values).Where(n => columns.FieldsList.Any(c => string.Equals(c.Name, n, StringComparison.OrdinalIgnoreCase))))
        {
            check.Fault(source, $"fields/{name}", $"there is a column '{name}' already", "give the other a name that none has, or rename both");
        }
    }

    public static async Task RunAsync(SchemaCheck check, PushSource source, CancellationToken cancellationToken)
    {
        await check.SchemaAsync(source, "table", source.Table, cancellationToken).ConfigureAwait(false);
        var tables = check.Set.Definitions.OfType<FeatureView>().SelectMany(v => ViewCheck.TablesOf(check, v)).ToHashSet();
        if (!tables.Contains(source.Table))
        {
            check.Warn(source, "table", $"no feature view reads '{source.Table}', so that what is pushed feeds nothing online", NearNames.Hint(source.Table, tables, "views' tables"));
        }
    }
}
