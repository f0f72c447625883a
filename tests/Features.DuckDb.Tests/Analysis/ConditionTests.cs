using Features.Core.Engine;
using Features.DuckDb.Tests.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Tests.Analysis;

public sealed class ConditionTests : IAsyncDisposable
{
    private static readonly Schema Flights = ParquetTable.Schema(
        (1, "origin", "string"), (2, "delay", "int"), (3, "Date", "timestamp"), (4, "distance", "double"), (5, "odd \"name\"", "long"), (6, "place", ParquetTable.Struct((7, "lat", "double"), (8, "lon", "double"))));

    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions());

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    [Theory]
    [InlineData("delay > 60", "delay")]
    [InlineData("DELAY>60", "delay")]
    [InlineData("delay > 60 AND origin = 'ATL' -- late", "origin,delay")]
    [InlineData("(delay > 60) OR (delay < -5 AND distance IS NULL)", "delay,distance")]
    [InlineData("origin IN ('ATL', 'ORD') AND date >= TIMESTAMP '2001-01-01'", "origin,Date")]
    [InlineData("origin LIKE 'A%' AND length(upper(origin)) = 3", "origin")]
    [InlineData("\"odd \"\"name\"\"\" BETWEEN 1 AND 5", "odd \"name\"")]
    [InlineData("place.lat > 1.5 AND \"place\".lon < 0", "place")]
    [InlineData("CASE WHEN delay IS NULL THEN distance > 1 ELSE CAST(delay AS DOUBLE) < distance END", "delay,distance")]
    [InlineData("date_trunc('day', date) = DATE '2001-01-02'", "Date")]
    [InlineData("true", "")]
    public void Condition_OnTheRowsOwnColumns_IsReadAndWrittenTheSameAgain(string text, string columns)
    {
        var condition = engine.Condition(text, Flights);
        Assert.Equal(columns.Split(',', StringSplitOptions.RemoveEmptyEntries), condition.Columns);
        var again = engine.Condition(condition.Text, Flights);
        Assert.Equal(condition.Text, again.Text);
        Assert.Equal(condition.Columns, again.Columns);
    }

    [Theory]
    [InlineData("user_id > 1", "user_id")]
    [InlineData("\"uSeR_Id\" = 'a'", "uSeR_Id")]
    [InlineData("USER_ID > 1", null)]
    [InlineData("user_id > 1 AND \"uSeR_Id\" = 'a'", null)]
    public void Condition_OnColumnsThatDifferByCaseAlone_NamesOneExactlyOrIsRefused(string text, string? column)
    {
        var schema = ParquetTable.Schema((1, "user_id", "long"), (2, "uSeR_Id", "string"));
        if (column is not null)
        {
            Assert.Equal([column], engine.Condition(engine.Condition(text, schema).Text, schema).Columns);
            return;
        }

        var fault = Assert.Throws<SqlException>(() => engine.Condition(text, schema));
        Assert.Contains("'user_id', 'uSeR_Id'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delay>60 AND origin='ATL'", "  DELAY > 60\n AND (\"origin\" = 'ATL') /* late */")]
    [InlineData("delay IN (1, 2)", "delay in (1,2)")]
    public void Conditions_SpeltOtherwise_AreEqual(string one, string other) => Assert.Equal(engine.Condition(one, Flights).Text, engine.Condition(other, Flights).Text);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("  \n", "empty")]
    [InlineData("delay >", "syntax error")]
    [InlineData("delay > 1)", "syntax error")]
    [InlineData("delay > 1) OR (1 = 1", "syntax error")]
    [InlineData("delay > 1 ORDER BY delay", "more than one condition")]
    [InlineData("delay > 1 LIMIT 5", "more than one condition")]
    [InlineData("delay > 1 GROUP BY delay", "more than one condition")]
    [InlineData("delay > 1 UNION ALL SELECT 1", "more than one condition")]
    [InlineData("delay > 1; DROP TABLE x", "SELECT")]
    [InlineData("delay > 1; SELECT 1", "2 statements")]
    [InlineData("delay > (SELECT 1)", "subquery")]
    [InlineData("EXISTS (FROM read_parquet('/etc/passwd'))", "subquery")]
    [InlineData("delay IN (SELECT delay FROM other)", "subquery")]
    [InlineData("delay > sum(delay)", "aggregates")]
    [InlineData("row_number() OVER () > 1", "window")]
    [InlineData("random() > 0.5", "another run")]
    [InlineData("now() > date", "another run")]
    [InlineData("getenv('HOME') = ''", "not allowed")]
    [InlineData("current_setting('threads') = '1'", "not allowed")]
    [InlineData("unnest([true])", "not allowed")]
    [InlineData("delayy > 60", "there is no column 'delayy'; the columns are origin, delay, Date")]
    [InlineData("origin = \"ATL\"", "texts stand in single quotes")]
    [InlineData("other.table.delay > 60", "there is no column 'other'")]
    [InlineData("delay > ?", "parameter")]
    [InlineData("delay > $1", "parameter")]
    [InlineData("* IS NULL", "")]
    public void Condition_OfAnythingElse_IsRefused(string text, string reason)
    {
        var fault = Assert.Throws<SqlException>(() => engine.Condition(text, Flights));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Condition_OfTooGreatDepthOrLength_IsRefused()
    {
        Assert.Throws<SqlException>(() => engine.Condition(string.Concat(Enumerable.Repeat("NOT (", 5_000)) + "true" + new string(')', 5_000), Flights));
        Assert.Contains("characters", Assert.Throws<SqlException>(() => engine.Condition($"origin = '{new string('x', 1 << 17)}'", Flights)).Message, StringComparison.Ordinal);
    }
}
