using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Iceberg;
using Features.Iceberg.Spec;

namespace Features.Core.Ingestion;

/// <summary>
/// The pipeline that rows pass through which are put straight into a table that no declared pipeline has as its target. What the table's columns are is its contract, as for
/// what is pushed (<see cref="PushPipeline"/>); the two differ in who names them: a push source is declared, and this one is there once rows were put.
/// </summary>
public static class AppendPipeline
{
    /// <summary>The folder of put files, relative to the workspace; below it is one for each pipeline, or for each table that has none.</summary>
    public const string Folder = "put";

    // Declared pipelines have no dot in their names.
    private const string Prefix = "put.";

    /// <summary>The pipeline's name.</summary>
    public static string NameOf(TableIdentifier table) => $"{Prefix}{table}";

    /// <summary>The pipeline into a table.</summary>
    public static AppliedPipeline Of(TableIdentifier table, Schema columns) => new(
        new Pipeline(NameOf(table))
        {
            Match = $"{Folder}/{table}/*.arrow",
            Contract = NameOf(table),
            Target = new PipelineTarget(table.ToString(), [], []),
            Description = $"Appends what is put into '{table}'.",
        },
        new Contract(NameOf(table)) { Columns = [.. columns.Fields.Where(PushPipeline.IsPlain).Select(f => new ContractColumn(f.Name, SchemaJson.NameOf(f.Type), f.Required))] });

    /// <summary>The tables that rows were put into.</summary>
    /// <param name="root">The workspace.</param>
    public static IEnumerable<TableIdentifier> Tables(string root)
    {
        var folder = new DirectoryInfo(Path.Combine(root, Folder));
        return folder.Exists ? folder.EnumerateDirectories().Select(below => TableIdentifier.TryParse(below.Name)).OfType<TableIdentifier>() : [];
    }
}
