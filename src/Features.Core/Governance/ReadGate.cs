using System.Globalization;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
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
    public async Task<PinnedRead> OpenAsync(Reader reader, Table table, ReadSelection selection, CancellationToken cancellationToken)
    {
        var snapshot = Resolve(table, selection);
        var schema = SchemaAt(table.Metadata, snapshot);
        var columns = selection.Columns ?? [.. schema.Fields.Select(f => f.Name)];
        var request = new ReadRequest(reader.Principal, reader.Action, table.Identifier?.ToString() ?? table.Name, snapshot?.SnapshotId, columns, reader.Purpose);

        // Decided before the manifests are opened: their bounds are data too.
        var decision = await DecideAsync(request, cancellationToken).ConfigureAwait(false);
        var plan = await (table.NewScan() with { SnapshotId = snapshot?.SnapshotId, Columns = selection.Columns, Filter = selection.FilterOf?.Invoke(schema) ?? selection.Filter }).PlanAsync(cancellationToken).ConfigureAwait(false);
        await RecordAsync(request, decision, plan.Report.RowsPlanned, cancellationToken).ConfigureAwait(false);
        return new PinnedRead(table, plan, decision);
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

        var known = await catalog.ListTablesAsync(null, cancellationToken).ConfigureAwait(false);
        throw new NotFoundException("table", identifier.ToString(), NearNames.Hint(identifier.ToString(), [.. known.Select(k => k.ToString())], "tables"));
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

    private Task RecordAsync(ReadRequest request, PolicyDecision decision, long? rows, CancellationToken cancellationToken) =>
        audit.AppendAsync(new AuditRecord(clock.GetUtcNow(), request, decision.Allowed, decision.Reason, decision.PolicyId, decision.OutcomeHash, rows), cancellationToken);

    private static Snapshot? Resolve(Table table, ReadSelection selection)
    {
        var metadata = table.Metadata;
        if (new object?[] { selection.SnapshotId, selection.Ref, selection.AsOf }.Count(named => named is not null) > 1)
        {
            throw new InvalidTableArgumentException($"'{table.Name}': a snapshot, a ref and a time were named together; name one of them");
        }

        if (selection.Ref is { } name)
        {
            return metadata.Refs.TryGetValue(name, out var reference)
                ? metadata.FindSnapshot(reference.SnapshotId)
                : throw new NotFoundException("ref", name, $"in table '{table.Name}' {NearNames.Hint(name, [.. metadata.Refs.Keys], "refs")}");
        }

        if (selection.AsOf is { } time)
        {
            var entry = metadata.SnapshotLog.LastOrDefault(e => e.TimestampMs <= time.ToUnixTimeMilliseconds())
                ?? throw new NotFoundException("snapshot", time.ToString("O", CultureInfo.InvariantCulture), $"table '{table.Name}' had none then; choose a later time (see its history)");
            return Find(table, entry.SnapshotId);
        }

        return selection.SnapshotId is { } id ? Find(table, id) : metadata.CurrentSnapshot;
    }

    private static Snapshot Find(Table table, long id) => table.Metadata.FindSnapshot(id)
        ?? throw new NotFoundException("snapshot", id.ToString(CultureInfo.InvariantCulture), $"it is not in table '{table.Name}', or has expired; see its history");

    // As the scan chooses it ("Time travel" of the specification): the current schema for the current snapshot, else the one it was made with.
    private static Schema SchemaAt(TableMetadata metadata, Snapshot? snapshot) =>
        snapshot is { SchemaId: { } id } && snapshot.SnapshotId != metadata.CurrentSnapshotId
            ? metadata.Schemas.FirstOrDefault(s => s.SchemaId == id) ?? metadata.CurrentSchema
            : metadata.CurrentSchema;
}
