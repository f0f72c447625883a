using Features.Core.Definitions;
using Features.Core.Engine;

namespace Features.Core.Sources;

/// <summary>Which folders a read depends on.</summary>
public static class SourceFolders
{
    /// <summary>The sources of Parquet files that features of these references, and the SQL of a spine, are read from; each once. References that name nothing are passed over.</summary>
    /// <param name="definitions">The definitions in force.</param>
    /// <param name="references">References to features, in the text form of <see cref="FeatureReference"/>.</param>
    /// <param name="spine">The spine's SELECT; null for rows that are given.</param>
    /// <param name="engine">Reads the SQL.</param>
    /// <exception cref="SqlException">The spine, or the SQL of a view, is not one SELECT.</exception>
    public static IReadOnlyList<FeatureSource> Of(DefinitionSet definitions, IEnumerable<string> references, string? spine, ISqlEngine engine)
    {
        var folders = definitions.Definitions.OfType<FeatureSource>().Where(s => s.Parquet is not null).ToList();
        if (folders.Count == 0)
        {
            return [];
        }

        var views = FeatureSelection.Resolve(definitions, references).Joined.Select(f => f.View).DistinctBy(v => v.Name);
        var tables = views.SelectMany(v => ViewSource.Of(v, definitions, engine).Tables).Concat(spine is null ? [] : ViewSource.OfSql(spine, definitions, engine).Tables).ToHashSet(StringComparer.Ordinal);
        return [.. folders.Where(f => tables.Contains(f.TableName))];
    }
}
