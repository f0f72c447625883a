using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.PointInTime;

namespace Features.Core.Tests.PointInTime;

public sealed class HistoricalJoinTests(JoinWorkspace workspace) : IClassFixture<JoinWorkspace>
{
    private static readonly Gen<(long? Ttl, long Window, bool HasAvailable, bool Inclusive, bool IsLeft)> Rules =
        Gen.Select(Gen.Long[1, 8].Nullable(0.3), Gen.OneOf(1L, 3, 9), Gen.Bool, Gen.Bool, Gen.Bool);

    // Enough for a spine of some rows, and too little for any rows of a source.
    private static readonly Gen<long> Memory = Gen.OneOf(1L << 30, 1 << 17);

    [Fact]
    public async Task AnyView_WithinAnyMemory_IsWhatTheNestedLoopSays() => await Gen.Select(Sample.Any, Rules, Memory).SampleAsync(
        async (sample, rules, memory) =>
        {
            var view = View(await workspace.AddTableAsync(sample.SourceBatch), rules);
            var joined = await workspace.RowsAsync(new DefinitionSet([Sample.Thing, view]), ["things:*"], JoinWorkspace.Spine(sample.SpineBatch), r => r with { Options = r.Options with { MemoryBytes = memory } });
            var (rows, spine) = (sample.Rows(rules.HasAvailable), sample.Spine);
            Assert.Equal(spine.Count, joined.Count);
            for (var s = 0; s < spine.Count; s++)
            {
                var latest = NestedLoop.Latest(rows, spine[s], rules.Ttl, rules.HasAvailable, rules.Inclusive);
                var window = NestedLoop.Ordered(NestedLoop.Window(rows, spine[s], rules.Window, rules.HasAvailable, rules.Inclusive, rules.IsLeft), rules.HasAvailable);
                var numbers = window.Select(r => r.Number).OfType<double>().ToList();
                var wholes = window.Select(r => r.Whole).OfType<long>().ToList();
                Assert.Equal((long)s, joined[s]["_row"]);
                Assert.Equal(latest?.Number, joined[s]["latest"]);
                Assert.Equal(latest?.Text, joined[s]["text"]);
                Assert.Equal(latest is { Whole: { } whole, Text: { } text } ? $"{whole},{text}" : null, joined[s]["both"]);
                Assert.Equal((long)window.Count, joined[s]["n"]);
                Assert.Equal((long)numbers.Count, joined[s]["numbers"]);
                Assert.Equal(NestedLoop.Of(Aggregate.Sum, numbers), joined[s]["total"]);
                Assert.Equal(NestedLoop.Of(Aggregate.Avg, [.. wholes.Select(w => (double)w)]), joined[s]["mean"]);
                Assert.Equal(NestedLoop.Of(Aggregate.Max, numbers), joined[s]["greatest"]);
                Assert.Equal(window.Select(r => r.Text).OfType<string>().Order(StringComparer.Ordinal).FirstOrDefault(), joined[s]["least_text"]);
                Assert.Equal(window.Select(r => r.Whole).OfType<long>().Cast<long?>().FirstOrDefault(), joined[s]["first"]);
                Assert.Equal(window.Select(r => r.Text).OfType<string>().LastOrDefault(), joined[s]["last"]);
            }
        },
        iter: 40, threads: 1);

    [Fact]
    public async Task AnyView_IsWhatTheSqlSays() => await Gen.Select(Sample.Any, Rules).SampleAsync(
        async (sample, rules) =>
        {
            var view = View(await workspace.AddTableAsync(sample.SourceBatch), rules);
            var joined = await workspace.RowsAsync(new DefinitionSet([Sample.Thing, view]), ["things:*"], JoinWorkspace.Spine(sample.SpineBatch));
            await using var session = await workspace.Engine.OpenAsync(SqlTrust.Pipeline, TestContext.Current.CancellationToken);
            await session.AddBatchesAsync("given", sample.SpineBatch.Schema, JoinWorkspace.One(sample.SpineBatch), default);
            await session.AddBatchesAsync("source", sample.SourceBatch.Schema, JoinWorkspace.One(sample.SourceBatch), default);
            await session.MaterializeAsync("spine", "SELECT row_number() OVER () - 1 AS _row, * FROM given", default);
            var latest = await JoinWorkspace.RowsAsync(session.QueryAsync(PointInTimeSql.Latest(rules.Ttl, rules.HasAvailable, rules.Inclusive), default));
            var windows = await JoinWorkspace.RowsAsync(session.QueryAsync(PointInTimeSql.Windows(rules.Window, rules.HasAvailable, rules.Inclusive, rules.IsLeft), default));
            Assert.Equal(latest.Select(r => (r["number"], r["text"])), joined.Select(r => (r["latest"], r["text"])));
            Assert.Equal(windows.Select(r => (r["n"], r["total"], r["least"])), joined.Select(r => (r["n"], r["whole_total"], r["whole_least"])));
        },
        iter: 25, threads: 1);

    private static FeatureView View(string table, (long? Ttl, long Window, bool HasAvailable, bool Inclusive, bool IsLeft) rules)
    {
        var window = TimeSpan.FromMicroseconds(rules.Window);
        Feature Windowed(string name, Aggregate aggregate, string expression) => new(name, expression, aggregate, window) { Closed = rules.IsLeft ? WindowEnd.Left : WindowEnd.Right };
        return new FeatureView("things", Sample.Thing)
        {
            Source = table,
            Clocks = new Clocks("happened", rules.HasAvailable ? "known" : null, rules.Inclusive),
            Ttl = rules.Ttl is { } ttl ? TimeSpan.FromMicroseconds(ttl) : null,
            OrderBy = ["rank"],
            Features =
            [
                new Feature("latest", "number"), new Feature("text", "text"), new Feature("both", "CASE WHEN whole IS NOT NULL AND text IS NOT NULL THEN {'w': whole, 't': text} END"),
                Windowed("n", Aggregate.Count, "*"), Windowed("numbers", Aggregate.Count, "number"), Windowed("total", Aggregate.Sum, "number"), Windowed("mean", Aggregate.Avg, "whole"),
                Windowed("greatest", Aggregate.Max, "number"), Windowed("least_text", Aggregate.Min, "text"), Windowed("first", Aggregate.First, "whole"), Windowed("last", Aggregate.Last, "text"),
                Windowed("whole_total", Aggregate.Sum, "whole"), Windowed("whole_least", Aggregate.Min, "whole"),
            ],
        };
    }
}
