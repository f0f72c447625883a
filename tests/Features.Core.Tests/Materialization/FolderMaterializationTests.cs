using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Materialization;
using Features.Core.PointInTime;
using Features.Core.Sources;

namespace Features.Core.Tests.Materialization;

public sealed class FolderMaterializationTests : IAsyncDisposable
{
    private readonly MaterializationWorkspace workspace = new()
    {
        Definitions = DefinitionReader.ReadText(
            """
            kind: Entity
            name: driver
            keys: [{ name: driver, type: long }]
            ---
            kind: Source
            name: drives
            parquet: data
            ---
            kind: FeatureView
            name: rates
            entity: driver
            source: drives
            clocks: { event: at, available: created }
            features:
              - { name: rate, column: rate }
              - { name: last_rate, aggregate: last(rate), window: 9000d }
            """,
            "folder.yaml"),
    };

    [Fact]
    public async Task FileChangedInPlace_IsReadAnew()
    {
        await WriteAsync("a", "(1, 10, 0.5), (2, 10, 0.25)");
        await WriteAsync("b", "(3, 10, 0.75)");
        await RunAsync();
        foreach (var rate in new[] { "0.125", "0.625" })
        {
            // As long as before: nothing but its moment tells.
            await WriteAsync("a", $"(1, 10, {rate}), (2, 10, 0.25)");
            Assert.Equal(MaterializationMode.Full, await RunAsync());
            await SameAsAnewAsync();
        }

        await WriteAsync("c", "(1, 20, 0.875)");
        Assert.Equal(MaterializationMode.Append, await RunAsync());
        await SameAsAnewAsync();
    }

    [Fact]
    public async Task FileRemoved_IsReadAnew()
    {
        await WriteAsync("a", "(1, 10, 0.5), (2, 10, 0.25)");
        await WriteAsync("b", "(3, 10, 0.75)");
        await RunAsync();
        File.Delete(PathOf("b"));
        Assert.Equal(MaterializationMode.Full, await RunAsync());
        await SameAsAnewAsync();
    }

    [Fact]
    public async Task FileRemoved_WhileAStepStoodHalfTaken_IsReadAnew()
    {
        workspace.RowsPerPart = 1;
        await WriteAsync("a", "(1, 10, 0.5)");
        await RunAsync();
        await WriteAsync("b", "(2, 10, 0.75), (3, 10, 0.75), (4, 10, 0.75)");
        var calls = 0;
        await Assert.ThrowsAsync<StoppingViews.StoppedException>(() => RunAsync(new StoppingViews(workspace.Views) { Reached = () => ++calls == 4 ? throw new StoppingViews.StoppedException() : Task.CompletedTask }));
        File.Delete(PathOf("b"));
        await RunAsync();
        await SameAsAnewAsync();
    }

    [Fact]
    public async Task SnapshotOfAFileThatIsGone_NamesIt()
    {
        await WriteAsync("a", "(1, 10, 0.5)");
        await WriteAsync("b", "(3, 10, 0.75)");
        await RunAsync();
        var before = (await workspace.Views.FindAsync("rates", Token))!.Sources.Single().SnapshotId;
        var (table, pinned) = (new Features.Iceberg.TableIdentifier("sources", "drives"), new ReadSelection { SnapshotId = before });
        Assert.Equal(2, (await workspace.Gate.OpenAsync(Reader.Local("historical"), table, pinned, Token)).Plan.Tasks.Count);

        await WriteAsync("a", "(1, 10, 0.5), (2, 10, 0.5), (4, 10, 0.125)");
        await RunAsync();
        var fault = await Assert.ThrowsAsync<SourceException>(() => workspace.Gate.OpenAsync(Reader.Local("historical"), table, pinned, Token));
        Assert.Equal("source-file-changed", fault.Code);
        File.Delete(PathOf("a"));
        await RunAsync();
        fault = await Assert.ThrowsAsync<SourceException>(() => workspace.Gate.OpenAsync(Reader.Local("historical"), table, pinned, Token));
        Assert.Equal("source-file-removed", fault.Code);
        Assert.Contains("a.parquet' was removed from the folder of source 'drives'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RedeliveredRows_ThatBecameKnownTogether_AreJoinedAsOne()
    {
        var drivers = Path.Combine(Features.Testing.Fixtures.Root, "datasets", "feast", "driver_stats.parquet");
        await CopyAsync("a", $"SELECT driver_id AS driver, event_timestamp AS at, created, conv_rate::DOUBLE AS rate FROM read_parquet('{drivers}')");
        File.Copy(PathOf("a"), PathOf("b"));
        await RunAsync();
        await using var joined = await JoinAsync("SELECT driver, TIMESTAMP '2024-09-10 12:00:00' AS moment FROM (VALUES (1001::BIGINT), (1005)) AS t(driver) ORDER BY driver");
        var rows = await PointInTime.JoinWorkspace.RowsAsync(joined.ReadAsync(Token));
        Assert.Equal([0.7245686f, 0.16717248f], rows.Select(r => (float)(double)r["rate"]!));
    }

    [Theory]
    [InlineData("TIMESTAMP_NS", "TIMESTAMP_NS")]
    [InlineData("TIMESTAMPTZ", "TIMESTAMPTZ")]
    [InlineData("TIMESTAMP", "TIMESTAMP_NS")]
    [InlineData("TIMESTAMP_NS", "TIMESTAMP")]
    [InlineData("TIMESTAMP_MS", "TIMESTAMP_MS")]
    [InlineData("DATE", "DATE")]
    public async Task RedeliveredRows_AreJoinedAsOne(string clock, string other)
    {
        await WriteAsync("a", "(1, 10, 0.5), (2, 10, 0.25), (1, 90000, 0.125)", clock);
        await WriteAsync("b", "(1, 90000, 0.125), (1, 10, 0.5), (3, 10, 0.75)", other);
        File.Copy(PathOf("a"), PathOf("c"));
        await RunAsync();
        await using var joined = await JoinAsync("SELECT driver, TIMESTAMP '2030-01-01' AS moment FROM (VALUES (1::BIGINT), (2), (3)) AS t(driver) ORDER BY driver");
        var rows = await PointInTime.JoinWorkspace.RowsAsync(joined.ReadAsync(Token));
        Assert.Equal([(0.125, 0.125), (0.25, 0.25), (0.75, 0.75)], rows.Select(r => ((double)r["rate"]!, (double)r["last_rate"]!)));
    }

    public ValueTask DisposeAsync() => workspace.DisposeAsync();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string PathOf(string name) => Path.Combine(workspace.Folder, "data", $"{name}.parquet");

    private Task<JoinedRows> JoinAsync(string spine) => new HistoricalJoin(workspace.Engine, workspace.Gate).JoinAsync(
        new JoinRequest(workspace.Definitions, ["rates:*"], new SqlSpine(spine, "moment"), Reader.Local("historical")) { Options = new JoinOptions { SpillDirectory = workspace.Folder } }, Token);

    private async Task<MaterializationMode> RunAsync(Features.Core.Online.IOnlineViews? views = null)
    {
        var folders = new FolderSources(workspace.Catalog, workspace.Format, path => Path.Combine(workspace.Folder, path));
        var made = workspace.NewMaterializer(views ?? workspace.Views);
        await folders.SyncAsync(workspace.Definitions.Definitions.OfType<FeatureSource>().Single(), Token);
        return (await made.MaterializeAsync(new MaterializeRequest(workspace.Definitions, Reader.Local("materialize")), null, Token)).Single().Mode;
    }

    private async Task SameAsAnewAsync() => Assert.Equal(Text(await workspace.AnewAsync()), Text(workspace.Views));

    private static string Text(MemoryViews views) => string.Join('\n', views.RowsOf("rates").Select(k => $"{k.Key}: {string.Join("; ", k.Value)}"));

    private Task WriteAsync(string name, string rows, string clock = "TIMESTAMP") => CopyAsync(
        name,
        $"""
        SELECT driver::BIGINT AS driver, (TIMESTAMP '2024-01-01' + to_seconds(s))::{clock} AS at, (TIMESTAMP '2024-01-02' + to_seconds(s))::TIMESTAMP AS created, rate::DOUBLE AS rate
        FROM (VALUES {rows}) AS t(driver, s, rate)
        """);

    private async Task CopyAsync(string name, string select)
    {
        Directory.CreateDirectory(Path.Combine(workspace.Folder, "data"));
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        await connection.OpenAsync(Token);
        using var command = connection.CreateCommand();
        command.CommandText = $"COPY ({select}) TO '{PathOf(name)}' (FORMAT parquet)";
        await command.ExecuteNonQueryAsync(Token);
    }
}
