using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.PointInTime.Spill;
using Features.Iceberg;

namespace Features.Core.PointInTime;

/// <summary>
/// Joins features to a spine as they were known at each row's moment. The engine evaluates expressions and puts a spine without an order into one; time is the kernel's
/// (<see cref="Kernel.ViewJoin"/>). Every table is pinned and goes through the gate once.
/// </summary>
public sealed class HistoricalJoin(ISqlEngine engine, ReadGate gate)
{
    /// <summary>Makes the join: one row for each row of the spine, never dropped, never fanned out. The caller disposes the result.</summary>
    /// <exception cref="PointInTimeException">A feature, column or type does not fit, or the spine does not fit in memory; the message says what.</exception>
    /// <exception cref="AccessDeniedException">The reader may not read one of the tables.</exception>
    public async Task<JoinedRows> JoinAsync(JoinRequest request, CancellationToken cancellationToken)
    {
        var reads = await PinAsync(request, cancellationToken).ConfigureAwait(false);
        return await JoinAsync(request, reads, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Pins every table that the request reads, by name; the gate is asked here.</summary>
    internal async Task<IReadOnlyList<PinnedRead>> PinAsync(JoinRequest request, CancellationToken cancellationToken)
    {
        var uses = Uses(request, Select(request));
        var spine = SpineSql.Of(request, uses, engine);
        var reads = new List<PinnedRead>();
        foreach (var name in spine.Tables.Concat(uses.SelectMany(u => u.Source.Tables)).Distinct().Order(StringComparer.Ordinal))
        {
            var table = TableIdentifier.TryParse(name) ?? throw new PointInTimeException(
                spine.Tables.Contains(name) ? $"the spine reads '{name}', which is no table; name it namespace.table" : $"a view reads '{name}', which is no table and no source; name it namespace.table, or declare it with kind: Source");
            var selection = ReadSelection.Current with
            {
                SnapshotId = request.Snapshots.TryGetValue(name, out var snapshot) ? snapshot : null,
                SchemaId = request.Schemas.TryGetValue(name, out var schema) ? schema : null,
            };
            reads.Add(await gate.OpenAsync(request.Reader, table, selection, cancellationToken).ConfigureAwait(false));
        }

        return request.Snapshots.Keys.Except(reads.Select(r => r.Table.Identifier!.ToString())).FirstOrDefault() is { } unread
            ? throw new PointInTimeException($"a snapshot of '{unread}' was named, which the join does not read; {NearNames.Hint(unread, [.. reads.Select(r => r.Table.Identifier!.ToString())], "tables that it reads")}")
            : reads;
    }

    /// <summary>Joins over tables that were pinned for this request.</summary>
    internal async Task<JoinedRows> JoinAsync(JoinRequest request, IReadOnlyList<PinnedRead> reads, CancellationToken cancellationToken)
    {
        var selection = Select(request);
        var uses = Uses(request, selection);
        var spine = SpineSql.Of(request, uses, engine);
        var session = await engine.OpenAsync(request.SpineTrust ?? request.Trust, cancellationToken).ConfigureAwait(false);
        var parts = new JoinParts(new SpillFolder(request.Options.SpillDirectory));
        try
        {
            foreach (var read in reads.Where(r => spine.Tables.Contains(r.Table.Identifier!.ToString())))
            {
                await session.AddTableAsync(read.Table.Identifier!.ToString(), read.Plan, cancellationToken).ConfigureAwait(false);
            }

            var rows = await SpineRelation.AddAsync(session, request.Spine, spine.Text, Declared(uses, selection), cancellationToken).ConfigureAwait(false);
            foreach (var (_, problem) in selection.Clashes(request.FullNames, [.. rows.Schema.FieldsList.Select(f => f.Name)]))
            {
                throw new PointInTimeException($"{problem}; ask for full names, or rename one of them");
            }

            var index = await IndexAsync(session, rows, request, uses, cancellationToken).ConfigureAwait(false);
            foreach (var use in uses)
            {
                await new ViewReading(engine, request, use, reads).JoinAsync(index, parts, cancellationToken).ConfigureAwait(false);
            }

            parts.Arrange(selection.Joined);
            var onDemand = await OnDemandRows.OpenAsync(engine, request, selection, rows.Schema, f => parts.FieldOf(f, f.OutputName(request.FullNames)), cancellationToken).ConfigureAwait(false);
            return new JoinedRows(session, rows, request, selection, reads, parts, onDemand);
        }
        catch
        {
            parts.Dispose();
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<SpineIndex> IndexAsync(ISqlSession session, SpineRelation spine, JoinRequest request, IReadOnlyList<ViewUse> uses, CancellationToken cancellationToken)
    {
        if (spine.Rows > Array.MaxLength)
        {
            throw new PointInTimeException($"the spine has {spine.Rows} rows, more than one join can hold ({Array.MaxLength}); split it");
        }

        var index = new SpineIndex(uses, spine.Schema, (int)spine.Rows);
        var sql = spine.Columns(index.Columns(request.Spine.Timestamp));
        await foreach (var batch in BatchesAhead.Of(session.QueryAsync(sql, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                index.Add(batch, request.Spine.Timestamp);
            }
        }

        return index.Bytes <= request.Options.MemoryBytes
            ? index
            : throw new PointInTimeException($"the keys and moments of the spine's {spine.Rows} rows take {index.Bytes >> 20} MiB, more than the join may hold ({request.Options.MemoryBytes >> 20} MiB); allow more, or split the spine");
    }

    private static FeatureSelection Select(JoinRequest request)
    {
        var selection = FeatureSelection.Resolve(request.Definitions, request.Features);
        if (selection.Unknown is [var first, ..] unknown)
        {
            var known = request.Definitions.Definitions.OfType<FeatureView>().SelectMany(v => v.Features.Select(f => $"{v.Name}:{f.Name}"))
                .Concat(request.Definitions.Definitions.OfType<OnDemandView>().SelectMany(v => v.Features.Select(f => $"{v.Name}:{f.Name}"))).ToList();
            throw new PointInTimeException($"there is no feature {string.Join(", ", unknown.Select(u => $"'{u}'"))}; {NearNames.Hint(first, known, "features")}");
        }

        return request.Features.Count > 0 ? selection : throw new PointInTimeException("no features were asked for; name view:feature or view:*");
    }

    private IReadOnlyList<ViewUse> Uses(JoinRequest request, FeatureSelection selection) =>
    [
        .. selection.Joined.GroupBy(f => f.Use).Select(g =>
        {
            var view = g.First().View;
            var entity = request.Definitions.Find<Entity>(view.EntityName) ?? throw new PointInTimeException($"there is no entity '{view.EntityName}'; declare it with kind: Entity");
            return g.First().JoinKeys.Keys.Except(entity.Keys.Select(k => k.Name)).FirstOrDefault() is { } unknown
                ? throw new PointInTimeException($"'{g.Key}' names the key '{unknown}', and entity '{entity.Name}' has {string.Join(", ", entity.Keys.Select(k => k.Name))}")
                : new ViewUse(view, entity, ViewSource.Of(view, request.Definitions, engine), [.. g]);
        }),
    ];

    /// <summary>The types that columns of the spine are declared to have.</summary>
    private static Dictionary<string, string> Declared(IReadOnlyList<ViewUse> uses, FeatureSelection selection)
    {
        var declared = new Dictionary<string, string>();
        foreach (var (name, type) in uses.SelectMany(u => u.Entity.Keys.Select(k => (u.ColumnOf(k.Name), k.Type))).Concat(selection.Request.Select(r => (r.Name, r.Type))))
        {
            declared.TryAdd(name, type);
        }

        return declared;
    }
}
