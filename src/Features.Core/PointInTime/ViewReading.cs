using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.PointInTime.Kernel;
using Features.Core.PointInTime.Spill;
using Features.Iceberg.Scans;
using BooleanType = Apache.Arrow.Types.BooleanType;
using TimestampType = Apache.Arrow.Types.TimestampType;

namespace Features.Core.PointInTime;

/// <summary>Reads what one use of a view needs, and joins it: in memory, or in parts by keys where that does not suffice.</summary>
internal sealed class ViewReading(ISqlEngine engine, JoinRequest request, ViewUse use, IReadOnlyList<PinnedRead> reads)
{
    /// <summary>Joins the use's features and adds them to the parts.</summary>
    public async Task JoinAsync(SpineIndex spine, JoinParts parts, CancellationToken cancellationToken)
    {
        var session = await engine.OpenAsync(request.Trust, cancellationToken).ConfigureAwait(false);
        await using var opened = session.ConfigureAwait(false);
        var (from, to) = Bounds(spine);
        foreach (var table in use.Source.Tables)
        {
            var read = reads.First(r => r.Table.Identifier!.ToString() == table);
            await session.AddTableAsync(table, await PruneAsync(read, from, to, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }

        var columns = await session.DescribeAsync($"SELECT * FROM {use.Source.Relation} AS _source", cancellationToken).ConfigureAwait(false);
        var query = ViewQuery.Of(use.View, use.Entity, [.. use.Features.Select(f => f.Feature)], use.Source.Relation, columns);
        var schema = await session.DescribeAsync(query.Rows, cancellationToken).ConfigureAwait(false);
        query = query.Widened(schema);
        query = to is { } end ? query.Within(from, end, schema) : query;
        schema = await session.DescribeAsync(query.Rows, cancellationToken).ConfigureAwait(false);
        var types = use.Features.Select(f => TypeOf(f.Feature, query, schema)).ToList();
        var keys = spine[use];
        keys.CheckSource(schema, use.View.Source is { } source ? $"'{source}'" : $"the SQL of view '{use.View.Name}'");
        var plan = new ViewPlan(
            [.. use.Features.Select(f => Plan(f.Feature, query, schema))], use.View.Ttl is { } ttl ? Duration.ToMicros(ttl) : null, use.View.Clocks.Inclusive);
        var reader = new SourceReader(session, query, schema, use.View, plan, keys.Reader);
        var budget = request.Options.MemoryBytes - spine.Bytes - parts.Bytes;
        parts.Add(await new BudgetedJoin(use.Features, types, plan, reader, spine, keys, parts.Folder, budget).RunAsync(cancellationToken).ConfigureAwait(false), types);
    }

    /// <summary>When the rows that can matter happened; an open end is null.</summary>
    private (long? From, long? To) Bounds(SpineIndex spine)
    {
        if (spine.Range is not { } range)
        {
            return (null, null);
        }

        return (use.ReachMicros is { } reach && range.First >= long.MinValue + reach ? range.First - reach : null, range.Last);
    }

    /// <summary>The plan without the files whose rows cannot matter.</summary>
    private async Task<ScanPlan> PruneAsync(PinnedRead read, long? from, long? to, CancellationToken cancellationToken)
    {
        if (use.View.Sql is not null || to is null || read.Plan.Snapshot is null || read.Plan.Tasks.Count <= 1)
        {
            return read.Plan;
        }

        var source = request.Definitions.Find<FeatureSource>(use.View.Source!);
        var clock = source?.Fields.GetValueOrDefault(use.View.Clocks.Event) ?? use.View.Clocks.Event;
        return ClockFilter.Of(read.Plan.Projection, clock, from, to.Value) is { } filter
            ? await new TableScan(read.Table) { SnapshotId = read.Plan.Snapshot.SnapshotId, SchemaId = read.Plan.Projection.SchemaId, Filter = filter }.PlanAsync(cancellationToken).ConfigureAwait(false)
            : read.Plan;
    }

    private IArrowType TypeOf(Feature feature, ViewQuery query, Schema schema) =>
        FeatureTypes.Of(feature, query.IndexOf(feature) is >= 0 and var i ? schema.GetFieldByName(query.Values[i].Column).DataType : BooleanType.Default, out var problem)
        ?? throw new PointInTimeException($"view '{use.View.Name}': {problem}");

    private static FeaturePlan Plan(Feature feature, ViewQuery query, Schema schema)
    {
        var expression = query.IndexOf(feature);
        var isFloat = expression >= 0 && schema.GetFieldByName(query.Values[expression].Column).DataType is FloatType or DoubleType;
        return new FeaturePlan(feature.Name, expression, feature.Aggregate, feature.Window is { } window ? Duration.ToMicros(window) : 0, isFloat) { Closed = feature.Closed };
    }
}
