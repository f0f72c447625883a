using Features.Core.Engine;

namespace Features.DuckDb.Tests.Engine;

/// <summary>Golden cases: SQL, then what <see cref="ISqlEngine.Analyze"/> must say of it, one line an output.</summary>
public sealed class LineageTests : IAsyncLifetime
{
    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions());

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    [Theory]
    [InlineData("SELECT a AS x, upper(trim(b)) AS y, 1 AS one FROM source", "x = I source.a; y = T source.b; one =", "")]
    [InlineData("SELECT s.a + s.b AS c FROM flights.departures s WHERE s.d > 1", "c = T flights.departures.a, T flights.departures.b", "FILTER flights.departures.d")]
    [InlineData("SELECT k, sum(v) AS t, count(*) AS n FROM source GROUP BY k ORDER BY t", "k = I source.k; t = A source.v; n =", "GROUP_BY source.k, SORT source.v")]
    [InlineData("SELECT k, avg(v) FROM source GROUP BY ALL", "k = I source.k; avg(v) = A source.v", "GROUP_BY source.k")]
    [InlineData("SELECT l.a, r.b FROM l JOIN r ON l.k = r.k", "a = I l.a; b = I r.b", "JOIN l.k, JOIN r.k")]
    [InlineData("SELECT l.a FROM l JOIN r USING (k)", "a = I l.a", "JOIN l.k, JOIN r.k")]
    [InlineData("WITH c AS (SELECT a AS x, b FROM source) SELECT x + 1 AS y, b FROM c", "y = T source.a; b = I source.b", "")]
    [InlineData("WITH c AS (SELECT * FROM source) SELECT a, * FROM c", "a = I source.a; * = I source.*", "")]
    [InlineData("SELECT * EXCLUDE (a) FROM (SELECT a, b AS c, sum(d) AS d FROM source GROUP BY a, b)", "c = I source.b; d = A source.d", "GROUP_BY source.a, GROUP_BY source.b")]
    [InlineData("SELECT q.x FROM (SELECT a AS x FROM (SELECT b AS a FROM t)) AS q", "x = I t.b", "")]
    [InlineData("SELECT CASE WHEN c > 0 THEN a ELSE b END AS v FROM t", "v = T t.a, T t.b", "CONDITIONAL t.c")]
    [InlineData("SELECT sum(v) OVER (PARTITION BY k ORDER BY o) AS w FROM t", "w = A t.v", "WINDOW t.k, WINDOW t.o")]
    [InlineData("SELECT sum(v) FILTER (w > 0) AS s FROM t", "s = A t.v", "FILTER t.w")]
    [InlineData("SELECT a FROM x UNION ALL SELECT b FROM y", "a = I x.a, I y.b", "")]
    [InlineData("SELECT list_transform(l, lambda e: e + b) AS m FROM t", "m = T t.l, T t.b", "")]
    [InlineData("SELECT (SELECT max(o.v) FROM o WHERE o.k = t.k) AS m FROM t", "m = A o.v", "FILTER o.k, FILTER t.k")]
    [InlineData("SELECT * REPLACE (upper(a) AS a) FROM t", "* = I t.*; a = T t.a", "")]
    [InlineData("SELECT a FROM t WHERE b IN (SELECT c FROM u)", "a = I t.a", "FILTER u.c, FILTER t.b")]
    [InlineData("SELECT a + 1 AS x, x * 2 AS y FROM t", "x = T t.a; y = T t.a", "")]
    [InlineData("WITH RECURSIVE r AS (SELECT a AS n FROM t UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT n FROM r", "n = T t.a", "FILTER t.a")]
    public void Analyze_ASelect_TracesItsColumns(string sql, string columns, string indirect)
    {
        var analysis = engine.Analyze(sql);
        Assert.Equal(columns, string.Join("; ", analysis.Columns.Select(c => $"{c.Name ?? "*"} = {string.Join(", ", c.Inputs.Select(i => $"{i.Derivation.ToString()[0]} {i.Relation}.{i.Column}"))}".TrimEnd())));
        Assert.Equal(indirect, string.Join(", ", analysis.Indirect.Select(i => $"{i.Kind} {i.Relation}.{i.Column}")));
    }

    [Fact]
    public void Analyze_TheRelations_LeavesOutCommonTableExpressions() => Assert.Equal(
        ["source", "ns.other", "third"],
        engine.Analyze("WITH c AS (SELECT * FROM source) SELECT * FROM c JOIN ns.other o ON c.k = o.k WHERE EXISTS (SELECT 1 FROM third)").Relations);

    [Fact]
    public void Analyze_AShadowedName_IsTheRelationOutsideItsScope() => Assert.Equal(
        ["t"],
        engine.Analyze("SELECT a FROM t JOIN (WITH t AS (SELECT 1 AS b) SELECT b FROM t) AS q ON true").Relations);

    [Fact]
    public void Analyze_VolatileFunctions_AreNamed() =>
        Assert.Equal(["current_date", "now", "random"], engine.Analyze("SELECT now(), random(), current_date, upper(a) FROM t").VolatileFunctions);

    [Fact]
    public void Analyze_AnExpressionOfTheClockTheSessionOrChance_IsNotRepeatable()
    {
        string[] expressions =
        [
            "age(a)", "ago(INTERVAL 1 day)", "today()", "now()", "get_current_time()", "get_current_timestamp()", "transaction_timestamp()",
            "current_localtime()", "current_localtimestamp()", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp",
            "getenv('HOME')", "getvariable('a')", "current_setting('threads')", "current_query()", "current_database()", "current_catalog()", "current_schema()",
            "current_schemas(true)", "current_user()", "in_search_path('a', 'b')", "random()", "setseed(0.5)", "uuid()", "uuidv4()",
            "uuidv7()", "gen_random_uuid()", "nextval('s')", "currval('s')", "txid_current()", "current_connection_id()", "current_query_id()",
            "current_transaction_id()", "version()", "pg_postmaster_start_time()", "reservoir_quantile(a, 0.5)",
        ];
        Assert.All(expressions, e => Assert.Single(engine.Analyze($"SELECT {e} AS v FROM t").VolatileFunctions));
    }

    [Fact]
    public void Analyze_AnExpressionOfItsArgumentsAlone_IsRepeatable()
    {
        string[] expressions = ["age(a, b)", "date_diff('day', a, b)", "list_transform(l, lambda e: e + 1)", "error('x')", "fdiv(a, b)"];
        Assert.All(expressions, e => Assert.Empty(engine.Analyze($"SELECT {e} AS v FROM t").VolatileFunctions));
    }

    [Fact]
    public void Analyze_ARepeatableSelect_HasNoVolatileFunctions() => Assert.Empty(engine.Analyze("SELECT upper(a), date_trunc('day', b) FROM t").VolatileFunctions);

    [Theory]
    [InlineData("SELECT a FRM t b", "LINE 1")]
    [InlineData("DROP TABLE t", "SELECT")]
    [InlineData("SELECT 1; SELECT 2", "2 statements")]
    public void Analyze_SomethingElse_IsRefused(string sql, string message) =>
        Assert.Contains(message, Assert.Throws<SqlException>(() => engine.Analyze(sql)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("SELECT a AS x FROM source WHERE b > 1 ORDER BY a")]
    [InlineData("SELECT * FROM source")]
    [InlineData("SELECT * EXCLUDE (a), upper(a) AS a FROM source")]
    [InlineData("SELECT s.a FROM source AS s")]
    [InlineData("SELECT * EXCLUDE (_row_no) FROM source")]
    public async Task CarryColumn_OfARowwiseSelect_AddsItLast(string sql)
    {
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, TestContext.Current.CancellationToken);
        await session.MaterializeAsync("source", "SELECT 'v' || i AS a, i AS b, i * 10 AS _row_no FROM range(5) AS t(i)", TestContext.Current.CancellationToken);
        var carried = await session.Rows(engine.CarryColumn(sql, "_row_no"));
        Assert.Single(carried.Schema.FieldsList, f => f.Name == "_row_no");
        Assert.Equal("_row_no", carried.Schema.FieldsList[^1].Name);
        Assert.All(carried.Rows, row => Assert.Equal($"{int.Parse(row.First(v => v!.StartsWith('v') || v.StartsWith('V'))![1..]) * 10}", row[^1]));
        Assert.NotEmpty(carried.Rows);
    }

    [Theory]
    [InlineData("SELECT a, count(*) FROM source GROUP BY a", "GROUP BY")]
    [InlineData("SELECT max(a) AS m FROM source", "aggregates (max)")]
    [InlineData("SELECT DISTINCT a FROM source", "DISTINCT")]
    [InlineData("SELECT a FROM source LIMIT 5", "LIMIT")]
    [InlineData("SELECT a FROM source OFFSET 5", "LIMIT")]
    [InlineData("SELECT row_number() OVER () AS n FROM source", "window")]
    [InlineData("SELECT a FROM source QUALIFY row_number() OVER (PARTITION BY a) = 1", "QUALIFY")]
    [InlineData("SELECT s.a FROM source s JOIN other o ON s.k = o.k", "joins")]
    [InlineData("SELECT a FROM source, other", "joins")]
    [InlineData("SELECT a FROM x UNION ALL SELECT a FROM y", "UNION")]
    [InlineData("SELECT a FROM (SELECT a FROM source)", "subquery")]
    [InlineData("WITH c AS (SELECT 1) SELECT a FROM source", "common table")]
    [InlineData("SELECT unnest(l) AS e FROM source", "unnest")]
    [InlineData("SELECT a FROM source WHERE b = (SELECT max(b) FROM source)", "subqueries")]
    [InlineData("SELECT a FROM source TABLESAMPLE 10%", "sample")]
    [InlineData("SELECT a, b AS _row_no FROM source", "_row_no")]
    [InlineData("SELECT 1 AS a", "no relation")]
    public void CarryColumn_OfAnotherSelect_SaysWhy(string sql, string reason) =>
        Assert.Contains(reason, Assert.Throws<SqlException>(() => engine.CarryColumn(sql, "_row_no")).Message, StringComparison.Ordinal);

    [Fact]
    public void CarryColumn_WithSeveralFaults_NamesThemAll()
    {
        var message = Assert.Throws<SqlException>(() => engine.CarryColumn("SELECT DISTINCT max(a) FROM x JOIN y USING (k) LIMIT 1", "_row_no")).Message;
        Assert.All(["DISTINCT", "max", "joins", "LIMIT"], reason => Assert.Contains(reason, message, StringComparison.Ordinal));
    }
}
