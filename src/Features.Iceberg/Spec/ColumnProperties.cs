namespace Features.Iceberg.Spec;

/// <summary>Table properties that name a column, such as its metrics mode.</summary>
internal static class ColumnProperties
{
    private static readonly string[] Prefixes =
    [
        "write.metadata.metrics.column.", "write.parquet.bloom-filter-enabled.column.", "write.parquet.bloom-filter-fpp.column.", "write.parquet.bloom-filter-ndv.column.", "write.parquet.stats-enabled.column.",
    ];

    /// <summary>The properties after a change of the schema: those of a renamed column follow it, those of a dropped one go.</summary>
    public static IReadOnlyDictionary<string, string> Apply(IReadOnlyDictionary<string, string> properties, Schema before, Schema after)
    {
        var (former, current) = (new SchemaPaths(before), new SchemaPaths(after));
        var result = new Dictionary<string, string>();
        foreach (var (name, value) in properties)
        {
            var prefix = Prefixes.FirstOrDefault(p => name.StartsWith(p, StringComparison.Ordinal));
            var id = prefix is null ? null : before.AllFields().FirstOrDefault(f => former.PathOf(f.Id) == name[prefix.Length..])?.Id;
            if (id is null)
            {
                result[name] = value;
            }
            else if (current.PathOf(id.Value) is { } path)
            {
                result[prefix + path] = value;
            }
        }

        return result;
    }
}
