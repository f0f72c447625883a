using Features.Core.Engine;
using Features.Server.Ingest;
using Features.Server.Workspaces;

namespace Features.Server.Tests.Workspaces;

public sealed class QueryRowsTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-rows-").FullName;
    private Workspace? workspace;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), "name: rows\n", Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions", "readings.yaml"), """
            kind: Contract
            name: readings
            columns:
              - { name: id, type: long, required: true }
              - { name: taken_at, type: timestamp, required: true }
              - { name: site, type: string, required: false }
              - { name: value, type: double, required: false }
            ---
            kind: Pipeline
            name: readings
            source: { match: "landing/*" }
            contract: readings
            target: { table: plant.readings, mode: append }
            """, Token);
        var file = Path.Combine(folder, "readings.csv");
        await File.WriteAllTextAsync(file, "id,taken_at,site,value\n1,2001-01-02 03:04:05,north,0.5\n2,2001-01-03 00:00:00,,\n3000000000,2001-01-04 00:00:00,south,-2\n", Token);
        workspace = await Workspace.OpenAsync(folder, Token);
        await workspace.ApplyAsync(planOnly: false, Token);
        Assert.Equal(3, (await DirectIngest.RunAsync(workspace, "readings", file, Token)).Outcome.Good);
    }

    public async ValueTask DisposeAsync()
    {
        if (workspace is not null)
        {
            await workspace.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Query_OfARecord_MatchesColumnsByNameAndLeavesOthersOut()
    {
        var rows = await RowsAsync<Reading>("SELECT value, site, taken_at, id FROM plant.readings ORDER BY id");

        Assert.Equal(
            [new(1, new DateTime(2001, 1, 2, 3, 4, 5), 0.5), new(2, new DateTime(2001, 1, 3), null), new(3_000_000_000, new DateTime(2001, 1, 4), -2)],
            rows);
    }

    [Fact]
    public async Task Query_OfOneColumn_YieldsItsCells()
    {
        Assert.Equal(["north", null, "south"], await RowsAsync<string?>("SELECT site FROM plant.readings ORDER BY id"));
        Assert.Equal([0.5, null, -2], await RowsAsync<double?>("SELECT value FROM plant.readings ORDER BY id"));
        Assert.Equal([3_000_000_003], await RowsAsync<long>("SELECT sum(id) FROM plant.readings"));
        Assert.Equal([new DateOnly(2001, 1, 2)], await RowsAsync<DateOnly>("SELECT CAST(min(taken_at) AS DATE) FROM plant.readings"));
        Assert.Equal([new DateTimeOffset(2001, 1, 2, 3, 4, 5, TimeSpan.Zero)], await RowsAsync<DateTimeOffset>("SELECT min(taken_at) AT TIME ZONE 'UTC' FROM plant.readings"));
        Assert.Equal([1.25m], await RowsAsync<decimal>("SELECT CAST(1.25 AS DECIMAL(5, 2)) FROM plant.readings WHERE id = 1"));
        Assert.Equal([3], await RowsAsync<byte>("SELECT count(*) FROM plant.readings"));
        Assert.Equal([true, false, false], await RowsAsync<bool>("SELECT id = 1 FROM plant.readings ORDER BY id"));
    }

    [Fact]
    public async Task Query_ThatDoesNotFit_NamesEveryFaultBeforeARowIsRead()
    {
        var fault = await Assert.ThrowsAsync<WorkspaceException>(() => RowsAsync<Misread>("SELECT id, site, [value] AS nested FROM plant.readings"));

        Assert.Equal("row-type", fault.Code);
        Assert.Contains("column 'site' holds String, which is not read as Int64", fault.Message, StringComparison.Ordinal);
        Assert.Contains("no column is named as the parameter 'Where' (there are: id, site, nested)", fault.Message, StringComparison.Ordinal);
        Assert.Contains("column 'nested' holds nested values", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT id FROM plant.readings", "column 'id' has a value beyond the range of Int32")]
    [InlineData("SELECT CAST(NULL AS INTEGER) AS id FROM plant.readings", "column 'id' has a row without a value; declare it as Int32?")]
    [InlineData("SELECT value FROM plant.readings", "column 'value' holds Double, which is not read as Int32")]
    [InlineData("SELECT id, id AS twice FROM plant.readings", "the query has 2 columns")]
    public async Task Query_ForWholeNumbers_RefusesWhatIsNone(string sql, string message)
    {
        var fault = await Assert.ThrowsAsync<WorkspaceException>(() => RowsAsync<int>(sql));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_OfARecordWithANonNullableText_RefusesAMissingOne()
    {
        Assert.Contains("'site' has a row without a value", (await Assert.ThrowsAsync<WorkspaceException>(() => RowsAsync<Named>("SELECT site FROM plant.readings"))).Message, StringComparison.Ordinal);
        Assert.Equal(2, (await RowsAsync<Named>("SELECT site FROM plant.readings WHERE site IS NOT NULL")).Count);
    }

    [Fact]
    public async Task Query_ThatIsNoSelect_IsRefused() =>
        await Assert.ThrowsAsync<SqlException>(() => RowsAsync<int>("DROP TABLE plant.readings"));

    private async Task<List<T>> RowsAsync<T>(string sql) => await workspace!.QueryAsync<T>(sql, Token).ToListAsync(Token);

    private sealed record Reading(long Id, DateTime TakenAt, double? Value);

    private sealed record Misread(long Id, long Site, string Where, double Nested);

    private sealed record Named(string Site);
}
