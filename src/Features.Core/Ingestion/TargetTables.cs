using Features.Core.Cleaning;
using Features.Core.Governance;
using Features.Core.Lineage;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;

namespace Features.Core.Ingestion;

/// <summary>The tables that a pipeline writes: its target and the target's quarantine. Made by the first batch.</summary>
internal sealed class TargetTables(ICatalog catalog)
{
    private const string QuarantineSuffix = "__quarantine";

    public static TableIdentifier TargetOf(AppliedPipeline applied) => TableIdentifier.TryParse(applied.Pipeline.Target.Table)
        ?? throw new BatchRejectedException($"the target '{applied.Pipeline.Target.Table}' of pipeline '{applied.Pipeline.Name}' is no table name; write namespace.name");

    public static TableIdentifier QuarantineOf(TableIdentifier target) => target with { Name = target.Name + QuarantineSuffix };

    /// <summary>The target, created if it is missing, with room for every cleaned column.</summary>
    /// <exception cref="BatchRejectedException">The table stands and lacks a column, or has it with another type; all are listed.</exception>
    public async Task<Table> OpenTargetAsync(AppliedPipeline applied, SourceBatch source, ColumnTagging tagging, CancellationToken cancellationToken)
    {
        var identifier = TargetOf(applied);
        var table = await OpenAsync(
            identifier,
            () => new TableCreation(
                source.Cleaned,
                Partitioning.Spec(applied.Pipeline.Target, source.Cleaned),
                Partitioning.Order(applied.Pipeline.Target, source.Cleaned),
                tagging.Target.ToProperties()),
            cancellationToken).ConfigureAwait(false);
        Check(table, source.Cleaned, applied.Pipeline.Name);
        return table;
    }

    /// <summary>The quarantine, created if it is missing; its columns inherit the tags of the source columns.</summary>
    public Task<Table> OpenQuarantineAsync(AppliedPipeline applied, SourceBatch source, ColumnTagging tagging, CancellationToken cancellationToken) => OpenAsync(
        QuarantineOf(TargetOf(applied)),
        () => new TableCreation(
            Quarantine.SchemaFor(applied.Contract?.Columns.Select(c => c.Name) ?? source.FileColumns.Select(f => f.Name).Where(n => n != CleaningPlan.Extra)),
            PartitionSpec.Unpartitioned,
            SortOrder.Unsorted,
            tagging.Quarantine.ToProperties()),
        cancellationToken);

    private async Task<Table> OpenAsync(TableIdentifier identifier, Func<TableCreation> creation, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await catalog.TryLoadTableAsync(identifier, cancellationToken).ConfigureAwait(false) is { } table)
            {
                return table;
            }

            try
            {
                return await catalog.CreateTableAsync(identifier, creation(), cancellationToken).ConfigureAwait(false);
            }
            catch (AlreadyExistsException)
            {
                // Another worker was first.
            }
        }
    }

    private static void Check(Table table, Schema cleaned, string pipeline)
    {
        var faults = new List<string>();
        foreach (var column in cleaned.Fields)
        {
            var standing = table.Metadata.CurrentSchema.Find(column.Name);
            if (standing is null)
            {
                faults.Add($"has no column '{column.Name}'");
            }
            else if (standing.Type is PrimitiveType && standing.Type != column.Type)
            {
                faults.Add($"has '{column.Name}' as {SchemaJson.NameOf(standing.Type)} and not as {SchemaJson.NameOf(column.Type)}");
            }
        }

        faults.AddRange(table.Metadata.CurrentSchema.Fields.Where(f => f.Required && cleaned.Find(f.Name) is null).Select(f => $"requires '{f.Name}'"));
        if (faults.Count > 0)
        {
            throw new BatchRejectedException($"pipeline '{pipeline}' does not fit table '{table.Name}', which {string.Join("; ", faults)}. Change its clean SELECT, evolve the table, or name another target");
        }
    }
}
