using System.Globalization;
using System.Numerics;
using CsCheck;
using Features.Core.Engine;
using Features.DuckDb.Tests.Engine;
using Features.DuckDb.Tests.Scans;
using Features.Iceberg;
using Features.Iceberg.Conformance;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Tests.Analysis;

/// <summary>What a SELECT's WHERE says about the files of a table.</summary>
public sealed class PruningFilterTests : IAsyncDisposable
{
    private static readonly Schema Columns = new(
        0,
        [
            new(1, "i", new PrimitiveType(PrimitiveKind.Int), false), new(2, "l", new PrimitiveType(PrimitiveKind.Long), false), new(3, "f", new PrimitiveType(PrimitiveKind.Float), false),
            new(4, "d", new PrimitiveType(PrimitiveKind.Double), false), new(5, "s", new PrimitiveType(PrimitiveKind.String), false), new(6, "day", new PrimitiveType(PrimitiveKind.Date), false),
            new(7, "ts", new PrimitiveType(PrimitiveKind.Timestamp), false), new(8, "z", new PrimitiveType(PrimitiveKind.TimestampTz), false), new(9, "m", new PrimitiveType(PrimitiveKind.Decimal, 9, 2), false),
            new(10, "b", new PrimitiveType(PrimitiveKind.Boolean), false), new(11, "tm", new PrimitiveType(PrimitiveKind.Time), false), new(12, "Mixed", new PrimitiveType(PrimitiveKind.Int), false),
        ],
        []);

    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions { Threads = 1 });
    private readonly SmallWarehouse warehouse = new();

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        warehouse.Dispose();
    }

    [Theory]
    [InlineData("i = 5", "Equal i [5]")]
    [InlineData("5 < i", "Greater i [5]")]
    [InlineData("I >= -5", "GreaterOrEqual i [-5]")]
    [InlineData("t.i <> 5 AND mixed = 1", "(NotEqual i [5] AND Equal Mixed [1])")]
    [InlineData("i IN (1, 2 + 1) OR l NOT IN (7)", "(In i [1,3] OR NotIn l [7])")]
    [InlineData("i BETWEEN 1 AND '9'", "(GreaterOrEqual i [1] AND LessOrEqual i [9])")]
    [InlineData("NOT (i BETWEEN 1 AND 9)", "NOT (GreaterOrEqual i [1] AND LessOrEqual i [9])")]
    [InlineData("s LIKE 'x%'", "StartsWith s [x]")]
    [InlineData("s NOT LIKE 'x%'", "NOT StartsWith s [x]")]
    [InlineData("s LIKE 'x_%y'", "StartsWith s [x]")]
    [InlineData("NOT s LIKE 'x_%y'", "True")]
    [InlineData("s LIKE 'whole'", "Equal s [whole]")]
    [InlineData("starts_with(s, 'x') AND s ^@ 'y'", "(StartsWith s [x] AND StartsWith s [y])")]
    [InlineData("s IS NULL OR d IS NOT NULL", "(IsNull s [] OR NotNull d [])")]
    [InlineData("isnan(d) AND NOT isnan(f)", "(IsNan d [] AND NOT IsNan f [])")]
    [InlineData("day = DATE '1970-01-03'", "Equal day [2]")]
    [InlineData("day < '1970-01-03' AND day > TIMESTAMP '1970-01-02'", "(Less day [2] AND Greater day [1])")]
    [InlineData("ts >= '1970-01-01 00:00:01' AND ts < DATE '1970-01-01' + INTERVAL 1 DAY", "(GreaterOrEqual ts [1000000] AND Less ts [86400000000])")]
    [InlineData("z = TIMESTAMPTZ '1970-01-01 01:00:00+01:00'", "Equal z [0]")]
    [InlineData("tm = TIME '00:00:01'", "Equal tm [1000000]")]
    [InlineData("m > 1.5 AND m < 2", "(Greater m [1.50] AND Less m [2.00])")]
    [InlineData("d > 1.5", "Greater d [1.5]")]
    [InlineData("b AND NOT b", "(Equal b [True] AND NOT Equal b [True])")]
    [InlineData("i = 5 AND length(s) > 3", "Equal i [5]")]
    [InlineData("i = 5 OR length(s) > 3", "True")]
    [InlineData("NOT (i = 5 AND length(s) > 3)", "True")]
    // What the engine compares by another order than the column's own.
    [InlineData("i = 1.5 OR l = NULL", "True")]
    [InlineData("l = 100000000000000000::DOUBLE", "True")]
    [InlineData("f > 0.1", "True")]
    [InlineData("m = 1.5::DOUBLE", "True")]
    [InlineData("s = 5", "True")]
    [InlineData("i = '5'::VARCHAR", "True")]
    [InlineData("day > TIMESTAMP '1970-01-02 12:00:00'", "True")]
    [InlineData("ts > now()", "True")]
    [InlineData("i = l", "True")]
    public void Condition_IsTranslated(string condition, string filter) =>
        Assert.Equal(filter, Text(engine.PruningFilter($"SELECT * FROM ns.t WHERE {condition}", "ns.t", Columns)));

    [Theory]
    [InlineData("SELECT * FROM ns.t AS q WHERE q.i = 5", "Equal i [5]")]
    [InlineData("SELECT count(*) FROM (SELECT * FROM ns.t WHERE i = 5) WHERE l = 6 GROUP BY s", "Equal i [5]")]
    [InlineData("SELECT l + 1 AS i FROM ns.t WHERE i = 5", "Equal i [5]")]
    [InlineData("SELECT * FROM ns.t JOIN ns.u USING (i) WHERE i = 5", "True")]
    [InlineData("SELECT * FROM ns.t WHERE i = 5 UNION ALL SELECT * FROM ns.t", "True")]
    [InlineData("SELECT * FROM ns.t WHERE i = 5 AND l = (SELECT max(l) FROM ns.t)", "True")]
    [InlineData("SELECT * FROM ns.t AS q(l, i) WHERE i = 5", "True")]
    [InlineData("SELECT * FROM ns.t TABLESAMPLE 10% WHERE i = 5", "True")]
    [InlineData("SELECT * FROM ns.other WHERE i = 5", "True")]
    public void Statement_SaysWhoseRowsTheConditionMeans(string sql, string filter) => Assert.Equal(filter, Text(engine.PruningFilter(sql, "ns.t", Columns)));

    [Fact]
    public async Task PrunedScan_OfAnyCondition_HasTheRowsOfTheWhole()
    {
        var table = await warehouse.CreateAsync("ns.t", Columns);
        var random = new Random(7);
        for (var file = 0; file < 12; file++)
        {
            // Each file has few values, so that its bounds are narrow.
            var pool = Enumerable.Range(0, 2).Select(_ => Columns.Fields.Select(f => Value(random, (PrimitiveType)f.Type)).ToArray()).ToList();
            table = await warehouse.AppendAsync(table, [.. Enumerable.Range(0, 5).Select(_ => Columns.Fields.Select((_, c) => pool[random.Next(2)][c]).ToArray())]);
        }

        var (pruned, conditions) = (0, 0);
        await Conditions.SampleAsync(
            async condition =>
            {
                var sql = $"SELECT * FROM ns.t WHERE {condition} ORDER BY ALL";
                var filter = engine.PruningFilter(sql, "ns.t", Columns);
                var whole = await table.NewScan().PlanAsync(default);
                var some = await (table.NewScan() with { Filter = filter }).PlanAsync(default);
                Interlocked.Add(ref pruned, some.Report.FilesSkipped);
                Interlocked.Increment(ref conditions);
                Assert.Equal(await QueryAsync(whole, sql), await QueryAsync(some, sql));
            },
            iter: 150,
            threads: 1);
        Assert.True(pruned > conditions, $"{pruned} files were skipped by {conditions} conditions");
    }

    private static Gen<string> Conditions { get; } = Gen.Int[0, int.MaxValue - 1].Select(seed => Condition(new Random(seed), 2));

    private static string Condition(Random random, int depth)
    {
        switch (depth == 0 ? 9 : random.Next(6))
        {
            case 0:
                return $"({Condition(random, depth - 1)} AND {Condition(random, depth - 1)})";
            case 1:
                return $"({Condition(random, depth - 1)} OR {Condition(random, depth - 1)})";
            case 2:
                return $"NOT ({Condition(random, depth - 1)})";
        }

        var column = Columns.Fields[random.Next(Columns.Fields.Count)];
        var type = (PrimitiveType)column.Type;
        string Constant() => Literal(random, type);
        return random.Next(9) switch
        {
            0 => $"{column.Name} IS NULL",
            1 => $"{column.Name} IS NOT NULL",
            2 => $"{column.Name} IN ({Constant()}, {Constant()})",
            3 => $"{column.Name} NOT IN ({Constant()})",
            4 => $"{column.Name} BETWEEN {Constant()} AND {Constant()}",
            5 when type.Kind == PrimitiveKind.String => $"{column.Name} LIKE '{"żv"[random.Next(2)]}%'",
            5 when type.Kind is PrimitiveKind.Float or PrimitiveKind.Double => $"isnan({column.Name})",
            _ => $"{column.Name} {new[] { "=", "<>", "<", "<=", ">", ">=" }[random.Next(6)]} {Constant()}",
        };
    }

    private static object? Value(Random random, PrimitiveType type) => random.Next(6) == 0 ? null : type.Kind switch
    {
        PrimitiveKind.Int => random.Next(-3, 4),
        PrimitiveKind.Long => random.Next(4) == 0 ? (1L << 53) + random.Next(3) : random.NextInt64(-3, 4),
        PrimitiveKind.Date => random.Next(0, 5),
        PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz or PrimitiveKind.Time => random.NextInt64(0, 5) * 21_600_000_000 % 86_400_000_000,
        PrimitiveKind.Decimal => new BigInteger(random.Next(-3, 4) * 50),
        _ => AnyTable.Value(random, type, required: true),
    };

    private static string Literal(Random random, PrimitiveType type) => type.Kind switch
    {
        PrimitiveKind.Int => new[] { "-2", "0", "1", "1.5", "2e0", "'3'", "7" }[random.Next(7)],
        PrimitiveKind.Long => new[] { "-2", "0", "1", "9007199254740993", "9007199254740993::DOUBLE", "1e0" }[random.Next(6)],
        PrimitiveKind.Float or PrimitiveKind.Double => new[] { "0", "-0.0", "'nan'::DOUBLE", "1e6", "'-infinity'::FLOAT", "-200000.5" }[random.Next(6)],
        PrimitiveKind.Decimal => new[] { "0.5", "-1", "1.005", "'1.50'", "1e0" }[random.Next(5)],
        PrimitiveKind.Date => new[] { "DATE '1970-01-02'", "'1970-01-04'", "TIMESTAMP '1970-01-02 12:00:00'", "DATE '1970-01-01' + 2" }[random.Next(4)],
        PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz => new[] { "TIMESTAMP '1970-01-01 12:00:00'", "'1970-01-01 06:00:00'", "DATE '1970-01-02'", "TIMESTAMPTZ '1970-01-01 18:00:00+00'" }[random.Next(4)],
        PrimitiveKind.Time => new[] { "TIME '06:00:00'", "'12:00:00'" }[random.Next(2)],
        PrimitiveKind.Boolean => new[] { "true", "false" }[random.Next(2)],
        _ => new[] { "'v1'", "'v3'", "''", "'a much longer text than that'", "'ż'" }[random.Next(5)],
    };

    private async Task<IEnumerable<string>> QueryAsync(ScanPlan plan, string sql)
    {
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        await session.AddTableAsync("ns.t", plan, default);
        return (await session.Rows(sql)).Rows.Select(r => string.Join('|', r.Select(v => v ?? "∅")));
    }

    private static string Text(Filter filter)
    {
        return filter switch
        {
            _ when filter == Filter.True => "True",
            _ => Describe(filter),
        };

        static string Describe(object filter)
        {
            object? Get(string name) => filter.GetType().GetProperty(name)?.GetValue(filter);
            return filter.GetType().Name switch
            {
                "Conjunction" => $"({Describe(Get("Left")!)} AND {Describe(Get("Right")!)})",
                "Disjunction" => $"({Describe(Get("Left")!)} OR {Describe(Get("Right")!)})",
                "Negation" => $"NOT {Describe(Get("Inner")!)}",
                _ => $"{Get("Comparison")} {Get("Column")} [{string.Join(',', ((IEnumerable<object>)Get("Values")!).Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)))}]",
            };
        }
    }
}
