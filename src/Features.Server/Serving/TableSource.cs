using System.Globalization;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Flight.Cache;
using Features.Flight.Protocol;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Server.Serving;

/// <summary>
/// Tables of the workspace's catalog as the cache sees them, at one snapshot and with one schema: the table's current one where no version or a branch is named, else the one that the snapshot was made with. Stored order: data files by data sequence number, then path; the rows of each as they stand in it, without
/// those that are deleted and those that the filter leaves out.
/// </summary>
internal sealed class TableSource(ReadGate gate, ISqlEngine engine)
{
    private readonly RowCounts counts = new();

    public async Task<DatasetPlan> FindAsync(DatasetSelection selection, string? outcome, CancellationToken cancellationToken)
    {
        var pinned = await PinAsync(selection, cancellationToken);
        var rows = await counts.GetAsync(pinned.Key, () => CountAsync(pinned), cancellationToken);
        return new DatasetPlan(pinned.Name, pinned.Digest, rows.Sum(), ArrowSchema.From(pinned.Columns))
        {
            Outcome = outcome,
            Table = new TableSelection { Snapshot = pinned.Selection.SnapshotId, SchemaId = pinned.SchemaId },
            Filter = pinned.Condition?.Text,
            FilterColumns = pinned.Condition?.Columns ?? [],
            Roles = TableRoles.Of(pinned.Table, pinned.Columns),
        };
    }

    public async Task<IReadOnlyList<IDatasetPart>> PartsAsync(DatasetPlan plan, CancellationToken cancellationToken)
    {
        var pinned = await PinAsync(
            new DatasetSelection(plan.Name, plan.Table) { Filter = plan.Filter, Columns = [.. plan.Schema.FieldsList.Select(f => f.Name)] }, cancellationToken);
        if (pinned.Digest != plan.Digest)
        {
            throw new InvalidOperationException($"the table '{plan.Name}' was made anew while it was being loaded; ask for it again");
        }

        var runs = await RunsAsync(pinned, "flight.load", cancellationToken);
        var rows = counts.Find(pinned.Key) is { } known && known.Count == runs.Count ? known : await runs.CountAsync(cancellationToken);
        return [.. runs.Select((run, i) => new DatasetPart(rows[i], run.ReadAsync, plan.Schema))];
    }

    /// <summary>The selection as it stands now; nothing of the rows is read.</summary>
    private async Task<Pinned> PinAsync(DatasetSelection selection, CancellationToken cancellationToken)
    {
        var identifier = TableIdentifier.TryParse(selection.Name)
            ?? throw new FormatException($"'{selection.Name}' names no table: write namespace.name, or leave 'table' out to read a training set");
        var table = await gate.LoadAsync(identifier, cancellationToken);
        var asked = ReadSelection.Current with { SnapshotId = selection.Table?.Snapshot, Ref = selection.Table?.Ref, AsOf = selection.Table?.AsOf, SchemaId = selection.Table?.SchemaId };

        // Both by their ids, so that the ticket's read finds the same.
        var schema = ReadGate.SchemaOf(table, asked);
        var state = ReadSelection.Current with { SnapshotId = ReadGate.SnapshotOf(table, asked)?.SnapshotId, SchemaId = schema.SchemaId };
        var columns = selection.Columns is { } named ? Named(identifier, schema, named) : schema;
        var condition = selection.Filter is { } filter ? engine.Condition(filter, schema) : null;
        return new Pinned(table, state with { Columns = [.. columns.Fields.Select(f => f.Name)] }, schema.SchemaId, columns, condition);
    }

    // In the schema's order, so that jobs that name them otherwise share one load.
    private static Schema Named(TableIdentifier table, Schema schema, IReadOnlyList<string> names)
    {
        var unknown = names.Where(n => schema.Find(n) is null).Distinct(StringComparer.Ordinal).ToList();
        return unknown.Count == 0
            ? schema with { Fields = [.. schema.Fields.Where(f => names.Contains(f.Name, StringComparer.Ordinal))] }
            : throw new FormatException(
                $"the table '{table}' has no column {string.Join(", ", unknown.Select(n => $"'{n}'"))}; it has {string.Join(", ", schema.Fields.Select(f => $"'{f.Name}'"))}");
    }

    private async Task<IReadOnlyList<long>> CountAsync(Pinned pinned) => await (await RunsAsync(pinned, "flight.count", CancellationToken.None)).CountAsync(CancellationToken.None);

    private async Task<IReadOnlyList<IRowRun>> RunsAsync(Pinned pinned, string action, CancellationToken cancellationToken)
    {
        var selection = pinned.Selection with { FilterOf = pinned.Condition is null ? null : schema => engine.PruningFilter($"SELECT 1 FROM rows WHERE {pinned.Condition.Text}", "rows", schema) };
        var plan = (await gate.OpenAsync(Reader.Local(action), pinned.Table, selection, cancellationToken)).Plan;
        return await engine.RunsAsync(plan, pinned.Condition, cancellationToken);
    }

    /// <summary>A table at a snapshot (none for a table that has none), the columns and the rows that are wanted.</summary>
    private sealed record Pinned(Table Table, ReadSelection Selection, int SchemaId, Schema Columns, RowCondition? Condition)
    {
        public string Name => Table.Identifier!.ToString();

        public string Digest => string.Create(CultureInfo.InvariantCulture, $"iceberg:{Identity}:{Snapshot}:{SchemaId}");

        public string Key => string.Join('\n', [Digest, Condition?.Text ?? "", .. Columns.Fields.Select(f => f.Name)]);

        // Tables of version 1 may have no UUID; where they lie is then what tells them apart.
        private string Identity => Table.Metadata.TableUuid?.ToString() ?? Table.Metadata.Location;

        private string Snapshot => Selection.SnapshotId?.ToString(CultureInfo.InvariantCulture) ?? "-";
    }
}
