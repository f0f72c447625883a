using Features.Core.Engine;
using Features.DuckDb.Tests.Scans;

namespace Features.DuckDb.Tests.Engine;

public sealed class UserSessionTests : IAsyncLifetime
{
    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions { UserMemoryLimitBytes = 64L << 20 });
    private readonly ParquetTable files = new();
    private ISqlSession session = null!;

    public async ValueTask InitializeAsync()
    {
        var file = files.Write("SELECT i AS id, 'secret ' || i AS name FROM range(10) AS t(i)", "{id: 1, name: 2}");
        files.Write("SELECT 42 AS hidden", "{hidden: 1}", "other.parquet");
        session = await engine.OpenAsync(SqlTrust.User, TestContext.Current.CancellationToken);
        await session.AddTableAsync("shop.people", ParquetTable.Plan(ParquetTable.Schema((1, "id", "long")), file), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync();
        await engine.DisposeAsync();
        files.Dispose();
    }

    [Fact]
    public async Task Query_OfAnAddedTable_ReadsItsFiles()
    {
        Assert.Equal("45", (await session.Rows("SELECT sum(id) FROM shop.people")).Rows.Single()[0]);
        Assert.Equal("4.5", (await session.Rows("SELECT max(CAST(id AS DECIMAL(10, 2))) / 2::DECIMAL(1, 0) FROM shop.people")).Rows.Single()[0]);
        Assert.Equal("3", (await session.Rows("WITH c AS (SELECT id FROM shop.people WHERE id < 3) SELECT count(*) FROM c, unnest([1]) AS u(x)")).Rows.Single()[0]);
    }

    [Fact]
    public async Task Query_OfThreeNames_ReadsTheRelationOfThatName()
    {
        var file = files.Write("SELECT 7 AS id", "{id: 1}", "third.parquet");
        await session.AddTableAsync("shop.people.snapshots", ParquetTable.Plan(ParquetTable.Schema((1, "id", "long")), file), TestContext.Current.CancellationToken);
        Assert.Equal("7", (await session.Rows("SELECT s.id FROM shop.people.snapshots s JOIN shop.people p ON p.id = s.id")).Rows.Single()[0]);
    }

    [Theory]
    [InlineData("SELECT * FROM read_parquet('{other}')")]
    [InlineData("SELECT * FROM read_parquet('{file}')")]
    [InlineData("SELECT * FROM '{other}'")]
    [InlineData("SELECT * FROM '{file}'")]
    [InlineData("SELECT * FROM \"{file}\" JOIN (WITH \"{file}\" AS (SELECT 1 AS a) SELECT * FROM \"{file}\") AS q ON true")]
    [InlineData("SELECT * FROM read_text('/etc/passwd')")]
    [InlineData("SELECT * FROM read_blob('/etc/passwd')")]
    [InlineData("SELECT * FROM read_csv('/etc/passwd')")]
    [InlineData("SELECT * FROM sniff_csv('/etc/passwd')")]
    [InlineData("SELECT * FROM read_json('/etc/passwd')")]
    [InlineData("SELECT * FROM glob('/etc/*')")]
    [InlineData("SELECT * FROM parquet_metadata('{file}')")]
    [InlineData("SELECT * FROM query('SELECT 1')")]
    [InlineData("SELECT * FROM query_table('people')")]
    [InlineData("SELECT * FROM duckdb_settings()")]
    [InlineData("SELECT * FROM duckdb_views()")]
    [InlineData("SELECT * FROM pragma_table_info('shop.people')")]
    [InlineData("SELECT * FROM information_schema.tables")]
    [InlineData("SELECT * FROM sqlite_master")]
    [InlineData("SELECT * FROM pg_catalog.pg_class")]
    [InlineData("SELECT * FROM system.main.duckdb_settings")]
    [InlineData("SELECT getenv('HOME')")]
    [InlineData("SELECT current_setting('allowed_paths')")]
    [InlineData("SELECT pg_get_viewdef(1)")]
    [InlineData("SELECT write_log('x')")]
    [InlineData("SELECT sleep_ms(1)")]
    [InlineData("SELECT nextval('s')")]
    [InlineData("SELECT (SELECT content FROM read_text('/etc/passwd'))")]
    [InlineData("SELECT 1 WHERE EXISTS (FROM read_csv('/etc/passwd'))")]
    [InlineData("SELECT 1 FROM range((SELECT count(*) FROM glob('/*')))")]
    [InlineData("DESCRIBE shop.people")]
    [InlineData("SHOW ALL TABLES")]
    [InlineData("SUMMARIZE shop.people")]
    [InlineData("EXPLAIN SELECT 1")]
    [InlineData("PRAGMA database_list")]
    [InlineData("CALL pragma_version()")]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("SELECT 1; DROP VIEW shop.people")]
    [InlineData("COPY (SELECT 1) TO '{file}'")]
    [InlineData("COPY shop.people TO '/tmp/out.csv'")]
    [InlineData("EXPORT DATABASE '/tmp/out'")]
    [InlineData("ATTACH '/tmp/x.db'")]
    [InlineData("ATTACH ':memory:' AS m")]
    [InlineData("INSTALL httpfs")]
    [InlineData("LOAD httpfs")]
    [InlineData("SET memory_limit = '100GB'")]
    [InlineData("RESET ALL")]
    [InlineData("CREATE TABLE t AS SELECT 1 AS a")]
    [InlineData("CREATE SECRET s (TYPE S3)")]
    [InlineData("DROP VIEW shop.people")]
    [InlineData("INSERT INTO shop.people VALUES (1)")]
    [InlineData("PREPARE p AS SELECT 1")]
    [InlineData("BEGIN")]
    public async Task Query_BeyondTheOfferedRelations_IsRefused(string sql)
    {
        sql = sql.Replace("{file}", files.Path("0.parquet"), StringComparison.Ordinal).Replace("{other}", files.Path("other.parquet"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<SqlException>(() => session.Rows(sql));
        await Assert.ThrowsAsync<SqlException>(async () =>
        {
            await foreach (var batch in session.QueryAsync(sql, TestContext.Current.CancellationToken))
            {
                batch.Dispose();
            }
        });
        await Assert.ThrowsAsync<SqlException>(() => session.MaterializeAsync("stolen", sql, TestContext.Current.CancellationToken));
        Assert.Equal("10", (await session.Rows("SELECT count(*) FROM shop.people")).Rows.Single()[0]);
    }

    [Fact]
    public async Task Query_BeyondTheMemoryLimit_Fails()
    {
        var fault = await Assert.ThrowsAsync<SqlException>(() => session.Rows("SELECT list(i) AS l FROM range(100000000) AS t(i)"));
        Assert.True(fault.IsTransient);
        Assert.Contains("emory", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddTable_AfterAStatement_IsRefused()
    {
        await session.Rows("SELECT 1");
        var fault = await Assert.ThrowsAsync<SqlException>(() => session.AddTableAsync("later", ParquetTable.Plan(ParquetTable.Schema((1, "hidden", "int")), files.Path("other.parquet")), TestContext.Current.CancellationToken));
        Assert.Contains("open another session", fault.Message, StringComparison.Ordinal);
    }
}
