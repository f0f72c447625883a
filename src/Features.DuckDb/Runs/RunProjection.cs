using Features.Core.Engine;
using Features.DuckDb.Queries;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Runs;

/// <summary>What is read of a row, and what of that is wanted.</summary>
/// <param name="Wanted">The columns of the batches.</param>
/// <param name="Compared">Columns that the condition alone reads.</param>
internal sealed record RunProjection(Schema Wanted, IReadOnlyList<NestedField> Compared)
{
    // No column of a table is named so.
    private static readonly NestedField Position = MetadataColumns.Position with { Name = "row:place" };

    /// <summary>The position of a row in its file, as SQL.</summary>
    internal static string PositionSql { get; } = SqlText.Name(Position.Name);

    /// <summary>The wanted columns, as SQL.</summary>
    internal string WantedSql => string.Join(", ", Wanted.Fields.Select(f => SqlText.Name(f.Name)));

    internal static RunProjection Of(ScanPlan plan, RowCondition? condition)
    {
        var wanted = plan.Projection.Fields.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var schema = plan.Tasks.Count > 0 ? plan.Tasks[0].Schema : plan.Projection;
        return new(plan.Projection, [.. (condition?.Columns ?? []).Where(c => !wanted.Contains(c)).Select(c => schema.Find(c)).OfType<NestedField>()]);
    }

    /// <summary>The columns that are read of a file.</summary>
    internal Schema Read(FileScanTask task) => Wanted with { Fields = [.. Wanted.Fields, .. Compared, .. task.Deletes.Count > 0 ? new[] { Position } : []] };

    /// <summary>The columns that are read, with the rows' positions.</summary>
    internal Schema WithPositions => Wanted with { Fields = [.. Wanted.Fields, .. Compared, Position] };

    /// <summary>The columns that are read, without them.</summary>
    internal Schema WithoutPositions => Wanted with { Fields = [.. Wanted.Fields, .. Compared] };
}
