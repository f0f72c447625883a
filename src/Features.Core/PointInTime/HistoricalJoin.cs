using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Iceberg;

namespace Features.Core.PointInTime;

/// <summary>
/// Joins features to a spine as they were known at each row's moment. The engine evaluates expressions and puts a spine without an order into one; time is the kernel's
/// (<see cref="ViewJoin"/>). Every table is pinned and goes through the gate once.
/// </summary>
public sealed class HistoricalJoin(ISqlEngine engine, ReadGate gate)
{
    private const string SpineTable = "_spine";

    /// <summary>Makes the join: one row for each row of the spine, never dropped, never fanned out. The caller disposes the result.</summary>
    /// <exception cref="PointInTimeException">A feature, column or type does not fit; the message names it.</exception>
    /// <exception cref="AccessDeniedException">The reader may not read one of the tables.</exception>
    public async Task<JoinedRows> JoinAsync(JoinRequest request, CancellationToken cancellationToken)
    {
        var features = Select(request);
        var reads = await PinAsync(request, features, cancellationToken).ConfigureAwait(false);
        return await JoinAsync(request, features, reads, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Pins every table that the request reads, by name; the gate is asked here.</summary>
    internal async Task<IReadOnlyList<PinnedRead>> PinAsync(JoinRequest request, CancellationToken cancellationToken) =>
        await PinAsync(request, Select(request), cancellationToken).ConfigureAwait(false);

    /// <summary>Joins over tables that were pinned for this request.</summary>
    internal Task<JoinedRows> JoinAsync(JoinRequest request, IReadOnlyList<PinnedRead> reads, CancellationToken cancellationToken) =>
        JoinAsync(request, Select(request), reads, cancellationToken);

    private async Task<IReadOnlyList<PinnedRead>> PinAsync(JoinRequest request, IReadOnlyList<SelectedFeature> features, CancellationToken cancellationToken)
    {
        var spine = request.Spine is SqlSpine sql ? engine.Analyze(sql.Sql).Relations : [];
        var reads = new List<PinnedRead>();
        foreach (var name in spine.Concat(features.Select(f => f.View.Source!)).Distinct().Order(StringComparer.Ordinal))
        {
            var table = TableIdentifier.TryParse(name) ?? throw new PointInTimeException($"the spine reads '{name}', which is no table; name it namespace.table");
            var selection = ReadSelection.Current with { SnapshotId = request.Snapshots.TryGetValue(name, out var snapshot) ? snapshot : null };
            reads.Add(await gate.OpenAsync(request.Reader, table, selection, cancellationToken).ConfigureAwait(false));
        }

        return reads;
    }

    private async Task<JoinedRows> JoinAsync(JoinRequest request, IReadOnlyList<SelectedFeature> features, IReadOnlyList<PinnedRead> reads, CancellationToken cancellationToken)
    {
        var session = await engine.OpenAsync(request.Trust, cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var read in reads)
            {
                await session.AddTableAsync(read.Table.Identifier!.ToString(), read.Plan, cancellationToken).ConfigureAwait(false);
            }

            var rows = await AddSpineAsync(session, request.Spine, cancellationToken).ConfigureAwait(false);
            const string SpineRows = $"SELECT * FROM {SpineTable} ORDER BY {JoinedRows.RowColumn}";
            var schema = await session.DescribeAsync(SpineRows, cancellationToken).ConfigureAwait(false);
            foreach (var (_, problem) in new FeatureSelection(features, [], [], []).Clashes(request.FullNames, [.. schema.FieldsList.Select(f => f.Name)]))
            {
                throw new PointInTimeException($"{problem}; ask for full names, or rename one of them");
            }

            var entities = features.Select(f => f.View.EntityName).Distinct().Select(e => EntityOf(request, e)).ToList();
            var spine = await IndexAsync(session, request.Spine.Timestamp, entities, schema, rows, cancellationToken).ConfigureAwait(false);
            var columns = new Dictionary<SelectedFeature, JoinedColumn>();
            foreach (var view in features.GroupBy(f => f.View.Name))
            {
                var source = reads.First(r => r.Table.Identifier!.ToString() == view.First().View.Source);
                await JoinViewAsync(session, request, [.. view], source, spine, columns, cancellationToken).ConfigureAwait(false);
            }

            return new JoinedRows(session, SpineRows, schema, rows, reads, [.. features.Select(f => columns[f])]);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task JoinViewAsync(
        ISqlSession session, JoinRequest request, IReadOnlyList<SelectedFeature> features, PinnedRead read, SpineIndex spine, Dictionary<SelectedFeature, JoinedColumn> columns, CancellationToken cancellationToken)
    {
        var view = features[0].View;
        var query = ViewQuery.Of(view, EntityOf(request, view.EntityName), [.. features.Select(f => f.Feature)], read.Plan.Projection);
        var schema = await session.DescribeAsync(query.Text, cancellationToken).ConfigureAwait(false);
        var types = features.Select(f => FeatureTypes.Of(f.Feature, query.IndexOf(f.Feature) is >= 0 and var i ? schema.GetFieldByName(query.Values[i].Column).DataType : Apache.Arrow.Types.BooleanType.Default, out var problem)
            ?? throw new PointInTimeException($"view '{view.Name}': {problem}")).ToList();
        var keys = spine[view.EntityName];
        var (source, texts) = await SourceReader.ReadAsync(session, query, schema, keys.ReaderOf(schema, $"'{view.Source}'"), view, cancellationToken).ConfigureAwait(false);
        var plan = new ViewPlan(
            [.. features.Select(f => Plan(f.Feature, query, schema))], view.Ttl is { } ttl ? Duration.ToMicros(ttl) : null, view.Clocks.Inclusive);
        var joined = await Task.Run(() => ViewJoin.Join(source, plan, keys.Groups, spine.Moments, spine.HasMoment, cancellationToken), cancellationToken).ConfigureAwait(false);
        for (var f = 0; f < features.Count; f++)
        {
            var isText = types[f] is Apache.Arrow.Types.StringType;
            columns[features[f]] = new JoinedColumn(features[f].OutputName(request.FullNames), types[f], features[f], joined[f], isText ? texts[plan.Features[f].Expression] : null);
        }
    }

    private static FeaturePlan Plan(Feature feature, ViewQuery query, Schema schema)
    {
        var expression = query.IndexOf(feature);
        var isFloat = expression >= 0 && schema.GetFieldByName(query.Values[expression].Column).DataType is Apache.Arrow.Types.FloatType or Apache.Arrow.Types.DoubleType;
        return new FeaturePlan(feature.Name, expression, feature.Aggregate, feature.Window is { } window ? Duration.ToMicros(window) : 0, isFloat);
    }

    private static IReadOnlyList<SelectedFeature> Select(JoinRequest request)
    {
        var selection = FeatureSelection.Resolve(request.Definitions, request.Features);
        var unknown = selection.Unknown;
        if (unknown.Count > 0 || request.Features.Count == 0)
        {
            var known = request.Definitions.Definitions.OfType<FeatureView>().SelectMany(v => v.Features.Select(f => $"{v.Name}:{f.Name}")).ToList();
            throw new PointInTimeException(unknown.Count == 0
                ? "no features were asked for; name view:feature or view:*"
                : $"there is no feature {string.Join(", ", unknown.Select(u => $"'{u}'"))}; {NearNames.Hint(unknown[0], known, "features")}");
        }

        return selection.Features;
    }

    private static Entity EntityOf(JoinRequest request, string name) =>
        request.Definitions.Find<Entity>(name) ?? throw new PointInTimeException($"there is no entity '{name}'; declare it with kind: Entity");

    private static async Task<long> AddSpineAsync(ISqlSession session, Spine spine, CancellationToken cancellationToken)
    {
        if (spine is BatchSpine given)
        {
            CheckSpine(given.Schema, spine.Timestamp);
            var rows = 0L;
            var schema = new Schema([new Field(JoinedRows.RowColumn, Apache.Arrow.Types.Int64Type.Default, nullable: false), .. given.Schema.FieldsList], null);
            await session.AddBatchesAsync(SpineTable, schema, Numbered(given, schema, n => rows = n, cancellationToken), cancellationToken).ConfigureAwait(false);
            return rows;
        }

        var sql = ((SqlSpine)spine).Sql;
        var columns = await session.DescribeAsync(sql, cancellationToken).ConfigureAwait(false);
        CheckSpine(columns, spine.Timestamp);
        var order = string.Join(", ", columns.FieldsList.Select(f => $"{Sql.Name(f.Name)} NULLS LAST"));
        var selected = string.Join(", ", columns.FieldsList.Select(Widened));
        return await session.MaterializeAsync(
            SpineTable, $"SELECT row_number() OVER (ORDER BY {order}) - 1 AS {JoinedRows.RowColumn}, {selected} FROM (\n{sql}\n) AS _given", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Integers come in the two widths that a table has.</summary>
    private static string Widened(Field field) => field.DataType switch
    {
        Apache.Arrow.Types.Int8Type or Apache.Arrow.Types.Int16Type or Apache.Arrow.Types.UInt8Type or Apache.Arrow.Types.UInt16Type => $"CAST({Sql.Name(field.Name)} AS INTEGER) AS {Sql.Name(field.Name)}",
        Apache.Arrow.Types.UInt32Type => $"CAST({Sql.Name(field.Name)} AS BIGINT) AS {Sql.Name(field.Name)}",
        _ => Sql.Name(field.Name),
    };

    private static void CheckSpine(Schema schema, string timestamp)
    {
        var names = schema.FieldsList.Select(f => f.Name).ToList();
        if (names.Contains(JoinedRows.RowColumn))
        {
            throw new PointInTimeException($"the spine has a column '{JoinedRows.RowColumn}', which is the result's own; rename it");
        }

        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Count)
        {
            throw new PointInTimeException($"the spine has two columns of one name ({string.Join(", ", names)}); give each its own with AS");
        }

        var clock = schema.FieldsList.FirstOrDefault(f => f.Name == timestamp)
            ?? throw new PointInTimeException($"the spine has no column '{timestamp}' to say as of when; {NearNames.Hint(timestamp, names, "columns")}");
        CellReader.CheckClock(clock.DataType, timestamp);
    }

    private static async IAsyncEnumerable<RecordBatch> Numbered(BatchSpine spine, Schema schema, Action<long> count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var row = 0L;
        await foreach (var batch in spine.Batches.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            var numbers = new Int64Array.Builder().Reserve(batch.Length);
            for (var i = 0; i < batch.Length; i++)
            {
                numbers.Append(row + i);
            }

            row += batch.Length;
            count(row);
            yield return new RecordBatch(schema, [numbers.Build(), .. Enumerable.Range(0, batch.ColumnCount).Select(batch.Column)], batch.Length);
        }
    }

    private static async Task<SpineIndex> IndexAsync(
        ISqlSession session, string timestamp, IReadOnlyList<Entity> entities, Schema schema, long rows, CancellationToken cancellationToken)
    {
        if (rows > System.Array.MaxLength)
        {
            throw new PointInTimeException($"the spine has {rows} rows, more than one join can hold ({System.Array.MaxLength}); split it");
        }

        var index = new SpineIndex(entities, schema, (int)rows);
        var columns = entities.SelectMany(e => e.Keys.Select(k => k.Name)).Append(timestamp).Append(JoinedRows.RowColumn).Distinct();
        var sql = $"SELECT {Sql.Names(columns)} FROM {SpineTable}";
        await foreach (var batch in session.QueryAsync(sql, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                index.Add(batch, timestamp);
            }
        }

        return index;
    }
}
