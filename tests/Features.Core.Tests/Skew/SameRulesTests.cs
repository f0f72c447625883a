using Apache.Arrow;
using CsCheck;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Online;
using Features.Core.Tests.PointInTime;
using Features.Iceberg;
using Features.Iceberg.Scans;
using static Features.Core.Tests.Materialization.MaterializationWorkspace;

namespace Features.Core.Tests.Skew;

/// <summary>The same rules hold offline and online: whatever happens to the tables, a materialised answer is what the historical join gives, and what a plain nested loop gives.</summary>
public sealed class SameRulesTests
{
    private const string Events = "shop.events";
    private const int Customers = 3;
    private const int Items = 3;

    private static readonly DefinitionSet Rules = DefinitionReader.ReadText(
        """
        kind: Entity
        name: customer
        keys: [{ name: customer, type: string }, { name: item, type: int }]
        ---
        kind: Entity
        name: item
        keys: [{ name: item, type: int }]
        ---
        kind: FeatureView
        name: ordered
        entity: customer
        source: shop.events
        clocks: { event: at, available: known }
        order_by: [amount]
        features:
          - { name: last_amount, column: amount }
          - { name: last_note, column: note }
          - { name: sum_5, aggregate: sum(amount), window: 5us }
          - { name: avg_4, aggregate: avg(amount), window: 4us }
          - { name: first_3, aggregate: first(amount), window: 3us }
          - { name: last_6, aggregate: last(amount), window: 6us }
        ---
        kind: FeatureView
        name: fresh
        entity: customer
        source: shop.events
        clocks: { event: at, available: known, inclusive: true }
        ttl: 3us
        features:
          - { name: fresh_amount, column: amount }
          - { name: min_2, aggregate: min(amount), window: 2us }
        ---
        kind: FeatureView
        name: counts
        entity: item
        source: shop.events
        clocks: { event: at }
        features:
          - { name: rows_4, aggregate: count(*), window: 4us }
          - { name: amounts_4, aggregate: count(amount), window: 4us }
          - { name: max_7, aggregate: max(amount), window: 7us }
        ---
        kind: OnDemandView
        name: scaled
        inputs: ["ordered:sum_5", "counts:rows_4"]
        request: [{ name: factor, type: double }]
        features:
          - { name: scaled_sum, expression: sum_5 * factor + rows_4 }
        """,
        "rules.yaml");

    private static readonly string[] Asked = ["ordered:*", "fresh:*", "counts:*", "counts[item=other]@other:rows_4", "scaled:scaled_sum"];

    [Fact]
    public async Task AnyHistory_IsAnsweredOnlineAsOfflineAndAsANestedLoopDoes() => await Gen.Int[1, 1_000_000].SampleAsync(
        async seed =>
        {
            var random = new Random(seed);
            await using var workspace = await SkewWorkspace.OpenAsync(Rules);
            workspace.Tables.RowsPerPart = random.Next(1, 9);
            for (var round = 0; round < 4; round++)
            {
                await workspace.Tables.AppendAsync(NewRows(random, 12));
                await ChangeAsync(workspace, random);
                await workspace.MaterializeAsync();
                var rows = await RowsAsync(workspace);
                var frontier = 0L;
                foreach (var view in Rules.Definitions.OfType<FeatureView>())
                {
                    frontier = Math.Max(frontier, (await workspace.Views.FindAsync(view.Name, default))!.Frontier);
                }

                foreach (var at in new[] { 0, random.Next(1, 4), random.Next(4, 12) })
                {
                    await AskAsync(workspace, rows, frontier + at);
                }
            }

            var report = await workspace.CheckAsync();
            Assert.False(report.HasDifferences, string.Join('\n', report.Features.SelectMany(f => f.Examples.Select(e => $"{f.Feature}: {string.Join(',', e.Keys)} {e}"))));
            Assert.Equal(13, report.Features.Count);
            Assert.All(report.Features, f => Assert.Equal((report.Rows, report.Rows, 0), (f.Compared, f.Equal, f.NotReplayed.Count)));
        },
        iter: 3,
        threads: 1);

    private static async Task AskAsync(SkewWorkspace workspace, IReadOnlyList<Event> events, long at)
    {
        var keys = Enumerable.Range(-1, Customers + 2).SelectMany(c => Enumerable.Range(-1, Items + 2).Select(i => (Customer: c < 0 ? null : $"c{c}", Item: i < 0 ? (int?)null : i))).ToList();
        FeatureValue Whole(int? value) => value is { } v ? FeatureValue.Of(v) : FeatureValue.Null;
        var answer = await workspace.AskAsync(new OnlineRequest
        {
            Features = Asked,
            At = DateTimeOffset.UnixEpoch.AddTicks(at * TimeSpan.TicksPerMicrosecond),
            FullNames = true,
            Entities = new Dictionary<string, IReadOnlyList<FeatureValue>>
            {
                ["customer"] = [.. keys.Select(k => FeatureValue.Of(k.Customer))],
                ["item"] = [.. keys.Select(k => Whole(k.Item))],
                ["other"] = [.. keys.Select((_, i) => Whole(i % Items))],
                ["factor"] = [.. keys.Select((_, i) => FeatureValue.Of(i / 2.0))],
            },
        });
        var columns = answer.Columns.Where(c => !c.IsKey).ToDictionary(c => c.Name, c => c.Values);
        for (var i = 0; i < keys.Count; i++)
        {
            foreach (var (name, expected) in Expected(events, keys[i].Customer, keys[i].Item, i % Items, i / 2.0, at))
            {
                Assert.True(Equals(Number(columns[name][i]), expected), $"{name} for {keys[i]} at {at}: {columns[name][i]} online, {expected} by the rules, over\n{string.Join('\n', events.Where(e => e.Item == keys[i].Item))}");
            }
        }
    }

    private static IEnumerable<(string Name, object? Value)> Expected(IReadOnlyList<Event> events, string? customer, int? item, int other, double factor, long at)
    {
        // Ties: order_by with nulls first, then the rest of the row with nulls last.
        Event[] byAmount = [.. events.OrderBy(e => e.Amount ?? int.MinValue).ThenBy(e => e.Note ?? "~", StringComparer.Ordinal)];
        Event[] byRow = [.. events.OrderBy(e => e.Amount ?? int.MaxValue).ThenBy(e => e.Note ?? "~", StringComparer.Ordinal)];
        var own = new NestedLoop.Spine(customer is null || item is null ? null : $"{customer}/{item}", at);
        NestedLoop.Row[] ordered = [.. byAmount.Select((e, i) => OfCustomer(e, i))];
        NestedLoop.Row[] fresh = [.. byRow.Select((e, i) => OfCustomer(e, i))];
        NestedLoop.Row[] counted = [.. events.Select((e, i) => new NestedLoop.Row(e.Item?.ToString(), e.At, e.Known, i, e.Amount, null))];

        var last = NestedLoop.Latest(ordered, own, null, hasAvailable: true, inclusive: false);
        yield return ("ordered__last_amount", last?.Number);
        yield return ("ordered__last_note", last is null ? null : byAmount[last.Order].Note);
        var sum = NestedLoop.Of(Aggregate.Sum, Numbers(NestedLoop.Window(ordered, own, 5, true, false)));
        yield return ("ordered__sum_5", sum);
        yield return ("ordered__avg_4", NestedLoop.Of(Aggregate.Avg, Numbers(NestedLoop.Window(ordered, own, 4, true, false))));
        yield return ("ordered__first_3", NestedLoop.Ordered(NestedLoop.Window(ordered, own, 3, true, false), true).FirstOrDefault(r => r.Number is not null)?.Number);
        yield return ("ordered__last_6", NestedLoop.Ordered(NestedLoop.Window(ordered, own, 6, true, false), true).LastOrDefault(r => r.Number is not null)?.Number);
        yield return ("fresh__fresh_amount", NestedLoop.Latest(fresh, own, 3, hasAvailable: true, inclusive: true)?.Number);
        yield return ("fresh__min_2", NestedLoop.Of(Aggregate.Min, Numbers(NestedLoop.Window(fresh, own, 2, true, true))));

        var ofItem = new NestedLoop.Spine(item?.ToString(), at);
        var rows = (double)NestedLoop.Window(counted, ofItem, 4, false, false).Count;
        yield return ("counts__rows_4", rows);
        yield return ("counts__amounts_4", (double)Numbers(NestedLoop.Window(counted, ofItem, 4, false, false)).Count);
        yield return ("counts__max_7", NestedLoop.Of(Aggregate.Max, Numbers(NestedLoop.Window(counted, ofItem, 7, false, false))));
        yield return ("other__rows_4", (double)NestedLoop.Window(counted, new NestedLoop.Spine(other.ToString(), at), 4, false, false).Count);
        yield return ("scaled__scaled_sum", sum * factor + rows);
    }

    private static NestedLoop.Row OfCustomer(Event e, int order) => new(e.Customer is null || e.Item is null ? null : $"{e.Customer}/{e.Item}", e.At, e.Known, order, e.Amount, null);

    private static List<double> Numbers(IReadOnlyList<NestedLoop.Row> rows) => [.. rows.Select(r => r.Number).OfType<double>()];

    private static object? Number(FeatureValue value) => value.Kind switch
    {
        FeatureValueKind.Null => null,
        FeatureValueKind.Text => value.AsText(),
        FeatureValueKind.Integer => (double)value.AsInteger(),
        _ => value.AsFloat(),
    };

    private static async Task ChangeAsync(SkewWorkspace workspace, Random random)
    {
        var filter = random.Next(2) == 0 ? Filter.Compare("amount", Comparison.Less, random.Next(5)) : Filter.Compare("item", Comparison.Equal, random.Next(Items));
        await (random.Next(7) switch
        {
            0 => workspace.Tables.DeleteAsync(filter),
            1 => workspace.Tables.DeleteAsync(filter, mergesOnRead: true),
            2 => workspace.Tables.OverwriteAsync(NewRows(random, 4), filter),
            3 => workspace.Tables.UpsertAsync([.. NewRows(random, 6).Where(r => r.Customer is not null && r.Item is not null).DistinctBy(r => (r.Customer, r.Item))], random.Next(2) == 0),
            4 => workspace.Tables.CompactAsync(),
            5 => workspace.Tables.RollbackAsync(1),
            _ => Task.CompletedTask,
        });
    }

    private static Event[] NewRows(Random random, int most) =>
    [
        .. Enumerable.Range(0, random.Next(1, most)).Select(_ => new Event(
            random.Next(12) == 0 ? null : $"c{random.Next(Customers)}",
            random.Next(12) == 0 ? null : random.Next(Items),
            random.Next(15) == 0 ? null : random.Next(9),
            random.Next(15) == 0 ? null : random.Next(12),
            random.Next(6) == 0 ? null : random.Next(9),
            random.Next(4) == 0 ? null : $"n{random.Next(3)}")),
    ];

    private static async Task<IReadOnlyList<Event>> RowsAsync(SkewWorkspace workspace)
    {
        await using var session = await workspace.Tables.Engine.OpenAsync(SqlTrust.Pipeline, TestContext.Current.CancellationToken);
        var read = await workspace.Tables.Gate.OpenAsync(Reader.Local("test"), TableIdentifier.TryParse(Events)!, ReadSelection.Current, TestContext.Current.CancellationToken);
        await session.AddTableAsync(Events, read.Plan, TestContext.Current.CancellationToken);
        var rows = new List<Event>();
        await foreach (var batch in session.QueryAsync($"SELECT customer, item, epoch_us(\"at\") AS happened, epoch_us(known) AS known, amount, note FROM {Events}", TestContext.Current.CancellationToken))
        {
            using (batch)
            {
                for (var i = 0; i < batch.Length; i++)
                {
                    rows.Add(new Event(
                        ((StringArray)batch.Column(0)).GetString(i), ((Int32Array)batch.Column(1)).GetValue(i), ((Int64Array)batch.Column(2)).GetValue(i), ((Int64Array)batch.Column(3)).GetValue(i),
                        ((Int32Array)batch.Column(4)).GetValue(i), ((StringArray)batch.Column(5)).GetString(i)));
                }
            }
        }

        return rows;
    }
}
