using Features.Core.Sources;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.MetadataTables;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Core.Governance;

/// <summary>The only door to rows: pins the snapshot, asks the policy, writes the audit record, and only then hands out a plan. A denied request is audited as well.</summary>
public sealed class ReadGate(ICatalog catalog, IPolicy policy, IAuditLog audit, TimeProvider clock)
{
    /// <summary>Opens a table by its name in the catalog.</summary>
    /// <exception cref="NotFoundException">There is no such table (the message lists near names), snapshot or ref.</exception>
    /// <exception cref="AccessDeniedException">The policy denies it.</exception>
    public async Task<PinnedRead> OpenAsync(Reader reader, TableIdentifier table, ReadSelection selection, CancellationToken cancellationToken) =>
        await OpenAsync(reader, await LoadAsync(table, cancellationToken).ConfigureAwait(false), selection, cancellationToken).ConfigureAwait(false);

    /// <summary>Opens a table that was loaded, from the catalog or by its location.</summary>
    /// <exception cref="NotFoundException">There is no such snapshot or ref.</exception>
    /// <exception cref="InvalidTableArgumentException">A column does not exist, or the selection names more than one state.</exception>
    /// <exception cref="AccessDeniedException">The policy denies it.</exception>
    /// <exception cref="SourceException">The selection names a state of a folder of which a file was removed or changed since.</exception>
    public async Task<PinnedRead> OpenAsync(Reader reader, Table table, ReadSelection selection, CancellationToken cancellationToken)
    {
        var scan = ScanOf(table, selection);
        var (snapshot, schema) = (scan.FindSnapshot(), scan.FindSchema());
        var request = RequestOf(reader, table, snapshot, selection.Columns ?? NamesOf(schema));

        // Decided before the manifests are opened: their bounds are data too.
        var decision = await DecideAsync(request, cancellationToken).ConfigureAwait(false);
        scan = selection.FilterOf is { } filter ? scan with { Filter = filter(schema) } : scan;
        var plan = await (selection.FromSnapshotId is { } from ? Appends(scan, from).PlanAsync(cancellationToken) : scan.PlanAsync(cancellationToken)).ConfigureAwait(false);
        await RecordAsync(request, decision, plan.Report.RowsPlanned, cancellationToken).ConfigureAwait(false);
        if (IsPinned(selection))
        {
            await FolderFiles.CheckAsync(table, plan, cancellationToken).ConfigureAwait(false);
        }

        return new PinnedRead(table, plan, decision);
    }

    /// <summary>Opens what the metadata and manifests of a table say. It is asked for as a read of all columns, for bounds and partition values are data; of the selection, only the state counts.</summary>
    /// <exception cref="NotFoundException">There is no such metadata table, snapshot or ref.</exception>
    /// <exception cref="InvalidTableArgumentException">The selection names more than one state, or one for a metadata table over the whole history.</exception>
    /// <exception cref="AccessDeniedException">The policy denies it.</exception>
    public async Task<MetadataTable> OpenMetadataAsync(Reader reader, Table table, string name, ReadSelection selection, CancellationToken cancellationToken)
    {
        var scan = ScanOf(table, selection);
        var opened = MetadataTable.Open(table, name, IsPinned(selection) ? scan.FindSnapshot()?.SnapshotId : null);
        await AdmitAsync(RequestOf(reader, table, scan.FindSnapshot(), NamesOf(scan.FindSchema())), rows: null, cancellationToken).ConfigureAwait(false);
        return opened;
    }

    /// <summary>Asks for a read whose rows do not come from a scan (a training set in memory, a source file); audited. Returns if it is allowed.</summary>
    /// <exception cref="AccessDeniedException">The policy denies it.</exception>
    public async Task<PolicyDecision> AdmitAsync(ReadRequest request, long? rows, CancellationToken cancellationToken)
    {
        var decision = await DecideAsync(request, cancellationToken).ConfigureAwait(false);
        await RecordAsync(request, decision, rows, cancellationToken).ConfigureAwait(false);
        return decision;
    }

    /// <summary>Loads a table's metadata by its name in the catalog; no rows are read.</summary>
    /// <exception cref="NotFoundException">There is no such table; the message lists near names.</exception>
    public async Task<Table> LoadAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        if (await catalog.TryLoadTableAsync(identifier, cancellationToken).ConfigureAwait(false) is { } table)
        {
            return table;
        }

        string[] known = [.. (await catalog.ListTablesAsync(null, cancellationToken).ConfigureAwait(false)).Select(k => k.ToString())];
        throw new NotFoundException("table", identifier.ToString(), NearNames.Hint(identifier.ToString(), known, "tables")) { Near = NearNames.Of(identifier.ToString(), known) };
    }

    private async Task<PolicyDecision> DecideAsync(ReadRequest request, CancellationToken cancellationToken)
    {
        var decision = await policy.DecideAsync(request, cancellationToken).ConfigureAwait(false);
        if (decision.Allowed)
        {
            return decision;
        }

        await RecordAsync(request, decision, null, cancellationToken).ConfigureAwait(false);
        throw new AccessDeniedException(request, decision);
    }

    /// <summary>The snapshot that a selection of a table names; null for a table that has none. Nothing is read or asked yet.</summary>
    /// <exception cref="NotFoundException">There is no such snapshot or ref.</exception>
    /// <exception cref="InvalidTableArgumentException">The selection names more than one state.</exception>
    public static Snapshot? SnapshotOf(Table table, ReadSelection selection) => ScanOf(table, selection).FindSnapshot();

    /// <summary>The schema that a selection of a table is read with; nothing is read or asked yet.</summary>
    /// <exception cref="NotFoundException">There is no such snapshot or ref.</exception>
    /// <exception cref="InvalidTableArgumentException">The selection names more than one state.</exception>
    public static Schema SchemaOf(Table table, ReadSelection selection) => ScanOf(table, selection).FindSchema();

    private Task RecordAsync(ReadRequest request, PolicyDecision decision, long? rows, CancellationToken cancellationToken) =>
        audit.AppendAsync(new AuditRecord(clock.GetUtcNow(), request, decision.Allowed, decision.Reason, decision.PolicyId, decision.OutcomeHash, rows), cancellationToken);

    private static bool IsPinned(ReadSelection selection) => selection is not { SnapshotId: null, Ref: null, AsOf: null };

    private static TableScan ScanOf(Table table, ReadSelection selection)
    {
        if (new object?[] { selection.SnapshotId, selection.Ref, selection.AsOf }.Count(named => named is not null) > 1)
        {
            throw new InvalidTableArgumentException($"'{table.Name}': a snapshot, a ref and a time were named together; name one of them");
        }

        var scan = table.NewScan() with { SnapshotId = selection.SnapshotId, Columns = selection.Columns, Filter = selection.Filter, KeepsMetrics = selection.KeepsMetrics };
        scan = selection.Ref is { } name ? UseRef(scan, name)
            : selection.AsOf is { } time ? scan.AsOf(time)
            : scan;
        return selection.SchemaId is { } schema ? scan with { SchemaId = schema }
            : selection.FromSnapshotId is null ? scan
            : scan with { SchemaId = table.Metadata.CurrentSchemaId };
    }

    private static IncrementalAppendScan Appends(TableScan scan, long from) =>
        new(scan.Table) { FromSnapshotId = from, ToSnapshotId = scan.SnapshotId, Columns = scan.Columns, Filter = scan.Filter };

    private static TableScan UseRef(TableScan scan, string name) => scan.Table.Metadata.Refs.ContainsKey(name) || name == SnapshotRef.Main
        ? scan.UseRef(name)
        : throw new NotFoundException("ref", name, $"in table '{scan.Table.Name}' {NearNames.Hint(name, [.. scan.Table.Metadata.Refs.Keys], "refs")}");

    private static ReadRequest RequestOf(Reader reader, Table table, Snapshot? snapshot, IReadOnlyList<string> columns) =>
        new(reader.Principal, reader.Action, table.Identifier?.ToString() ?? table.Name, snapshot?.SnapshotId, columns, reader.Purpose);

    private static IReadOnlyList<string> NamesOf(Schema schema) => [.. schema.Fields.Select(f => f.Name)];
}
