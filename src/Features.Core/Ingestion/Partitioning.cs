using System.Globalization;
using System.Text.RegularExpressions;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Iceberg.Spec;

namespace Features.Core.Ingestion;

/// <summary>A target's partition and sort expressions as Iceberg's spec and order, and as the SQL that clusters rows by them. Pure.</summary>
internal static partial class Partitioning
{
    private const int FirstPartitionFieldId = 1000;

    /// <summary>The partition spec over a schema.</summary>
    /// <exception cref="BatchRejectedException">An expression cannot be read or names no column.</exception>
    public static PartitionSpec Spec(PipelineTarget target, Schema schema) => new(
        0,
        [.. target.Partition.Select(Parse).Select((p, i) => new PartitionField(Find(schema, p.Column, target).Id, FirstPartitionFieldId + i, p.FieldName, Transform.Parse(p.Transform)))]);

    /// <summary>The sort order over a schema: ascending, nulls first as the specification's default for ascending fields.</summary>
    /// <exception cref="BatchRejectedException">A name is no column.</exception>
    public static SortOrder Order(PipelineTarget target, Schema schema) => target.Sort.Count == 0
        ? SortOrder.Unsorted
        : new SortOrder(1, [.. target.Sort.Select(s => new SortField(Find(schema, s, target).Id, Transform.Identity, Descending: false, NullsFirst: true))]);

    /// <summary>ORDER BY items that bring a partition's rows together and sort them: of the table as it stands, whatever the pipeline says now.</summary>
    /// <remarks>The engine has no bucket function, so rows of a bucketed column are clustered by its value.</remarks>
    public static IReadOnlyList<string> Clustering(TableMetadata table)
    {
        var schema = table.CurrentSchema;
        var partition = table.DefaultSpec.Fields.Where(f => f.Transform.Kind != TransformKind.Void).Select(f => ClusterBy(Sql.Name(schema.Find(f.SourceId)!.Name), f.Transform, schema.Find(f.SourceId)!.Type));
        var sort = table.DefaultSortOrder.Fields.Select(f => $"{Sql.Name(schema.Find(f.SourceId)!.Name)} {(f.Descending ? "DESC" : "ASC")} NULLS {(f.NullsFirst ? "FIRST" : "LAST")}");
        return [.. partition, .. sort];
    }

    private static string ClusterBy(string column, Transform transform, IcebergType type) => transform.Kind switch
    {
        TransformKind.Year or TransformKind.Month or TransformKind.Day or TransformKind.Hour => $"date_trunc('{transform.Kind.ToString().ToLowerInvariant()}', {column}) NULLS FIRST",
        TransformKind.Truncate when type is PrimitiveType { Kind: PrimitiveKind.String } => string.Create(CultureInfo.InvariantCulture, $"left({column}, {transform.Width}) NULLS FIRST"),
        _ => $"{column} NULLS FIRST",
    };

    private static (string Column, string Transform, string FieldName) Parse(string expression)
    {
        var match = Call().Match(expression);
        if (!match.Success)
        {
            return (expression.Trim().Trim('"'), "identity", expression.Trim().Trim('"'));
        }

        var (function, width, column) = (match.Groups["function"].Value.ToLowerInvariant(), match.Groups["width"].Value, match.Groups["column"].Value.Trim('"'));
        return (function, width) switch
        {
            ("year" or "month" or "day" or "hour", "") => (column, function, $"{column}_{function}"),
            ("bucket", { Length: > 0 }) => (column, $"bucket[{width}]", $"{column}_bucket"),
            ("truncate", { Length: > 0 }) => (column, $"truncate[{width}]", $"{column}_trunc"),
            _ => throw new BatchRejectedException($"the partition expression '{expression}' is not one; write day(column), hour, month, year, bucket(16, column), truncate(4, column), or a column"),
        };
    }

    private static NestedField Find(Schema schema, string column, PipelineTarget target) => schema.Find(column)
        ?? schema.Fields.FirstOrDefault(f => string.Equals(f.Name, column, StringComparison.OrdinalIgnoreCase))
        ?? throw new BatchRejectedException($"target '{target.Table}' is partitioned or sorted by '{column}', which the clean SELECT does not yield; it yields {string.Join(", ", schema.Fields.Select(f => f.Name))}");

    [GeneratedRegex("""^\s*(?<function>\w+)\s*\(\s*(?:(?<width>\d+)\s*,\s*)?(?<column>\w+|"[^"]+")\s*\)\s*$""", RegexOptions.CultureInvariant)]
    private static partial Regex Call();
}
