using System.Globalization;
using System.Text.Json.Nodes;
using Features.Core.Governance;
using Features.Iceberg.Spec;

namespace Features.Core.Lineage;

/// <summary>Facets of a dataset, and of its use as input or output.</summary>
public static class DatasetFacets
{
    /// <summary>Its columns and their types.</summary>
    public static Facet Schema(IEnumerable<(string Name, string Type)> columns) => new("schema", "1-2-0", "SchemaDatasetFacet", new()
    {
        ["fields"] = new JsonArray([.. columns.Select((c, i) => new JsonObject { ["name"] = c.Name, ["type"] = c.Type, ["ordinal_position"] = i + 1 })]),
    });

    /// <summary>The columns of an Iceberg schema.</summary>
    public static Facet Schema(Schema schema) => Schema(schema.Fields.Select(f => (f.Name, SchemaJson.NameOf(f.Type))));

    /// <summary>Where it comes from.</summary>
    public static Facet DataSource(string name, Uri uri) =>
        new("dataSource", "1-0-1", "DatasourceDatasetFacet", new() { ["name"] = name, ["uri"] = uri.AbsoluteUri });

    /// <summary>Which version of it: a table's snapshot id, an object's etag.</summary>
    public static Facet Version(string version) => new("version", "1-0-1", "DatasetVersionDatasetFacet", new() { ["datasetVersion"] = version });

    /// <summary>Which snapshot of a table.</summary>
    public static Facet Version(long snapshotId) => Version(snapshotId.ToString(CultureInfo.InvariantCulture));

    /// <summary>Where its columns come from.</summary>
    public static Facet ColumnLineage(ColumnLineage lineage) => new("columnLineage", "1-2-0", "ColumnLineageDatasetFacet", lineage.ToJson());

    /// <summary>Its name in a catalog.</summary>
    public static Facet Symlink(string catalogNamespace, string table) => new("symlinks", "1-0-1", "SymlinksDatasetFacet", new()
    {
        ["identifiers"] = new JsonArray(new JsonObject { ["namespace"] = catalogNamespace, ["name"] = table, ["type"] = "TABLE" }),
    });

    /// <summary>The Iceberg catalog that names it; <paramref name="type"/> such as <c>sqlite</c> or <c>rest</c>.</summary>
    public static Facet Catalog(string type, string name) =>
        new("catalog", "1-1-0", "CatalogDatasetFacet", new() { ["framework"] = "iceberg", ["type"] = type, ["name"] = name, ["source"] = "features" });

    /// <summary>Who answers for it.</summary>
    public static Facet Ownership(string owner) =>
        new("ownership", "1-0-1", "OwnershipDatasetFacet", new() { ["owners"] = new JsonArray(new JsonObject { ["name"] = owner }) });

    /// <summary>Its governance tags, of the table and of its columns.</summary>
    public static Facet Tags(TableTags tags) => new("tags", "1-0-0", "TagsDatasetFacet", new()
    {
        ["tags"] = new JsonArray(
        [
            .. tags.Table.Select(t => new JsonObject { ["key"] = t.Key, ["value"] = t.Value, ["source"] = "FEATURES" }),
            .. tags.Columns.SelectMany(c => c.Value.Select(t => new JsonObject { ["key"] = t.Key, ["value"] = t.Value, ["source"] = "FEATURES", ["field"] = c.Key })),
        ]),
    });

    /// <summary>What was read of it (input use).</summary>
    public static Facet InputStatistics(long rows, long? bytes, long files) =>
        new("inputStatistics", "1-0-0", "InputStatisticsInputDatasetFacet", Statistics(rows, bytes, files));

    /// <summary>What was written to it (output use).</summary>
    public static Facet OutputStatistics(long rows, long? bytes, long files) =>
        new("outputStatistics", "1-0-2", "OutputStatisticsOutputDatasetFacet", Statistics(rows, bytes, files));

    /// <summary>Which rules its rows were tested for, and how many broke each (input use). A broken row was quarantined, so a breach is a warning.</summary>
    public static Facet Assertions(IEnumerable<(string Rule, string? Column, long Broken)> results) => new("dataQualityAssertions", "1-1-0", "DataQualityAssertionsDatasetFacet", new()
    {
        ["assertions"] = new JsonArray([.. results.Select(Assertion)]),
    });

    private static JsonObject Assertion((string Rule, string? Column, long Broken) result)
    {
        var assertion = new JsonObject
        {
            ["assertion"] = result.Rule,
            ["success"] = result.Broken == 0,
            ["severity"] = "warn",
            ["expected"] = "0",
            ["actual"] = result.Broken.ToString(CultureInfo.InvariantCulture),
        };
        if (result.Column is not null)
        {
            assertion["column"] = result.Column;
        }

        return assertion;
    }

    private static JsonObject Statistics(long rows, long? bytes, long files)
    {
        var statistics = new JsonObject { ["rowCount"] = rows, ["fileCount"] = files };
        if (bytes is not null)
        {
            statistics["size"] = bytes;
        }

        return statistics;
    }
}
