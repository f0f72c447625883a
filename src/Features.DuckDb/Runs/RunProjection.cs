using Features.Core.Engine;
using Features.DuckDb.Queries;
using Features.DuckDb.Scans;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Runs;

/// <summary>What is read of a row, and what of that is wanted.</summary>
/// <param name="Wanted">The columns of the batches.</param>
/// <param name="Compared">Columns that the condition alone reads.</param>
/// <param name="Named">Columns that the condition reads, by the names that it has for them.</param>
internal sealed record RunProjection(Schema Wanted, IReadOnlyList<NestedField> Compared, IReadOnlyList<string> Named)
{
    // No column of a table is named so.
    private static readonly NestedField Position = MetadataColumns.Position with { Name = "row:place" };

    /// <summary>The position of a row in its file, as SQL.</summary>
    internal static string PositionSql { get; } = SqlText.Name(Position.Name);

    /// <summary>The wanted columns, as SQL.</summary>
    internal string WantedSql => string.Join(", ", WithoutPositions.Fields.Take(Wanted.Fields.Count).Select(f => SqlText.Name(f.Name)));

    internal static RunProjection Of(ScanPlan plan, RowCondition? condition)
    {
        var wanted = plan.Projection.Fields.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var schema = plan.Tasks.Count > 0 ? plan.Tasks[0].Schema : plan.Projection;
        return new(plan.Projection, [.. (condition?.Columns ?? []).Where(c => !wanted.Contains(c)).Select(c => schema.Find(c)).OfType<NestedField>()], condition?.Columns ?? []);
    }

    /// <summary>The columns that are read of a file, under names that the engine can tell apart.</summary>
    internal Schema Read(FileScanTask task) => task.Deletes.Count > 0 ? WithPositions : WithoutPositions;

    /// <summary>The columns that are read, with the rows' positions.</summary>
    internal Schema WithPositions => Reading(Position);

    /// <summary>The columns that are read, without them.</summary>
    internal Schema WithoutPositions => Reading();

    private Schema Reading(params NestedField[] beside) => EngineNames.Of(Wanted with { Fields = [.. Wanted.Fields, .. Compared, .. beside] }, Named);
}
