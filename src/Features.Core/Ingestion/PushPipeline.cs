using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Iceberg.Spec;

namespace Features.Core.Ingestion;

/// <summary>
/// The pipeline that every push source has without being declared: it takes the files that pushes are written to and appends them to the source's table. What the table's columns are is its contract, so that a pushed row
/// that does not fit them goes to quarantine like any other.
/// </summary>
public static class PushPipeline
{
    /// <summary>The folder of pushed files, relative to the workspace.</summary>
    public const string Folder = "push";

    private const string Prefix = "push_";

    /// <summary>The pipeline's name.</summary>
    public static string NameOf(string pushSource) => $"{Prefix}{pushSource}";

    /// <summary>The push source whose pipeline has a name; null if that is no such name.</summary>
    internal static string? SourceOf(string pipeline) => pipeline.StartsWith(Prefix, StringComparison.Ordinal) ? pipeline[Prefix.Length..] : null;

    /// <summary>The pipeline of a push source into its table.</summary>
    public static AppliedPipeline Of(PushSource source, Schema table) => new(
        new Pipeline(NameOf(source.Name))
        {
            Match = $"{Folder}/{source.Name}/*.arrow",
            Contract = NameOf(source.Name),
            Target = new PipelineTarget(source.Table, [], []),
            Description = $"Appends what is pushed to '{source.Name}'.",
        },
        new Contract(NameOf(source.Name)) { Columns = [.. table.Fields.Where(IsPlain).Select(f => new ContractColumn(f.Name, SchemaJson.NameOf(f.Type), f.Required))] });

    // A contract promises columns without parts; others are null in what is pushed.
    internal static bool IsPlain(NestedField field) => field.Type is PrimitiveType && ColumnType.ToSql(field.Type) is not null;
}
