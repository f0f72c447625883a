using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Sources;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Testing;
using Table = Features.Iceberg.Table;

namespace Features.Core.Tests.Sources;

public sealed class FolderSourcesTests : IDisposable
{
    private static readonly string Drivers = Path.Combine(Fixtures.Root, "datasets", "feast", "driver_stats.parquet");
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("sources-");
    private readonly LocalObjectStore store = new();
    private readonly SqliteCatalog catalog;
    private readonly FolderSources sources;
    private readonly FeatureSource source = new("drivers") { Parquet = "data" };

    public FolderSourcesTests()
    {
        Directory.CreateDirectory(Under("data"));
        catalog = new SqliteCatalog(Under("catalog.db"), "test", Under("warehouse"), store, TimeProvider.System);
        sources = Open();
    }

    [Fact]
    public async Task Folder_OfFeastsDrivers_IsReadAsATable()
    {
        File.Copy(Drivers, Under("data/a.parquet"));
        await File.WriteAllTextAsync(Under("data/notes.txt"), "not data", Token);
        await File.WriteAllTextAsync(Under("data/_temporary.parquet"), "not done", Token);
        var foreseen = await sources.SchemaAsync(source, Token);
        Assert.Null(await catalog.TryLoadTableAsync(new TableIdentifier("sources", "drivers"), Token));

        var state = await sources.SyncAsync(source, Token);
        Assert.Equal((1, 0), (state.Added, state.Removed));
        Assert.Equal(
            [("event_timestamp", "timestamptz"), ("driver_id", "long"), ("conv_rate", "float"), ("acc_rate", "float"), ("avg_daily_trips", "int"), ("created", "timestamp")],
            state.Table.Metadata.CurrentSchema.Fields.Select(f => (f.Name, SchemaJson.NameOf(f.Type))));
        Assert.Equal(foreseen.Fields.Select(f => (f.Name, f.Type)), state.Table.Metadata.CurrentSchema.Fields.Select(f => (f.Name, f.Type)));
        Assert.Equal("false", state.Table.Metadata.Properties["gc.enabled"]);

        // 1,808 hourly rows of five drivers: what Feast's own tour reads.
        var rows = await RowsAsync(state.Table);
        Assert.Equal(1808, rows.Count);
        Assert.Equal([1001L, 1002L, 1003L, 1004L, 1005L], rows.Select(r => r.Driver).Distinct().Order());
        Assert.All(rows, r => Assert.InRange(r.Rate, 0f, 1f));
        Assert.Equal(1725983545905768, rows.Max(r => r.At));

        // Bounds by name: pruning sees through a file without field ids.
        var planned = await (state.Table.NewScan() with { Filter = Filter.Compare("driver_id", Comparison.Equal, 7L) }).PlanAsync(Token);
        Assert.Empty(planned.Tasks);
    }

    [Fact]
    public async Task Folder_WhoseFilesComeChangeAndGo_IsASnapshotEachTime()
    {
        await WriteAsync("a.parquet", ("id", 1L), ("id", 2L));
        var first = await sources.SyncAsync(source, Token);
        var none = await sources.SyncAsync(source, Token);
        Assert.Equal((0, 0, first.Table.MetadataLocation), (none.Added, none.Removed, none.Table.MetadataLocation));

        await WriteAsync("sub/b.parquet", ("id", 3L));
        var second = await sources.SyncAsync(source, Token);
        Assert.Equal((1, 0), (second.Added, second.Removed));
        Assert.Equal([1L, 2L, 3L], await IdsAsync(second.Table));

        // The same length, other rows: the time of the change alone tells.
        File.Delete(Under("data/a.parquet"));
        await WriteAsync("a.parquet", ("id", 1L), ("id", 9L));
        File.SetLastWriteTimeUtc(Under("data/a.parquet"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var third = await sources.SyncAsync(source, Token);
        Assert.Equal((1, 1), (third.Added, third.Removed));
        Assert.Equal([1L, 3L, 9L], await IdsAsync(third.Table));
        Assert.Equal(("overwrite", second.Table.Metadata.CurrentSnapshotId), (third.Table.Metadata.CurrentSnapshot!.Operation, third.Table.Metadata.CurrentSnapshot.ParentId));

        File.Delete(Under("data/a.parquet"));
        var fourth = await sources.SyncAsync(source, Token);
        Assert.Equal((0, 1), (fourth.Added, fourth.Removed));
        Assert.Equal([3L], await IdsAsync(fourth.Table));

        File.Delete(Under("data/sub/b.parquet"));
        Assert.Empty(await IdsAsync((await sources.SyncAsync(source, Token)).Table));

        // One listing is left, of the current state.
        Assert.Single(Directory.GetFiles(Under("warehouse"), "source-files-*.json", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Folder_WhoseNewFilesHaveOtherColumns_HasThemAll()
    {
        await WriteAsync("a.parquet", ("id", 1));
        await sources.SyncAsync(source, Token);
        await WriteAsync("b.parquet", ("id", 2L));
        await WriteAsync("c.parquet", ("id", 3), ("more", "x"));
        var state = await sources.SyncAsync(source, Token);
        Assert.Equal([("id", "long"), ("more", "string")], state.Table.Metadata.CurrentSchema.Fields.Select(f => (f.Name, SchemaJson.NameOf(f.Type))));
        Assert.Equal([1L, 2L, 3L], await IdsAsync(state.Table));

        await WriteAsync("d.parquet", ("id", "text"));
        var fault = await Assert.ThrowsAsync<SourceException>(() => sources.SyncAsync(source, Token));
        Assert.Contains("the column 'id' of '", fault.Message, StringComparison.Ordinal);
        Assert.Contains("d.parquet' is string, and long in the files before it", fault.Message, StringComparison.Ordinal);
        Assert.Equal([1L, 2L, 3L], await IdsAsync((await catalog.TryLoadTableAsync(state.Table.Identifier!, Token))!));
    }

    [Fact]
    public async Task Folder_TakenUpByManyAtOnce_HasEachFileOnce()
    {
        for (var i = 0; i < 4; i++)
        {
            await WriteAsync($"{i}.parquet", ("id", (long)i));
        }

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => Open().SyncAsync(source, Token))));
        var table = (await catalog.TryLoadTableAsync(new TableIdentifier("sources", "drivers"), Token))!;
        Assert.Equal([0L, 1L, 2L, 3L], await IdsAsync(table));
        Assert.Single(table.Metadata.Snapshots);
    }

    [Theory]
    [InlineData("nowhere", "source-empty", "there are no Parquet files in 'nowhere'")]
    [InlineData("data/*.csv.parquet", "source-empty", "there are no Parquet files in 'data/*.csv.parquet'")]
    [InlineData("data/broken.parquet", "source-file", "cannot be read")]
    public async Task Folder_ThatCannotBeRead_SaysWhy(string path, string code, string message)
    {
        await File.WriteAllTextAsync(Under("data/broken.parquet"), "PAR1 not at all", Token);
        var fault = await Assert.ThrowsAsync<SourceException>(() => sources.SyncAsync(new FeatureSource("drivers") { Parquet = path }, Token));
        Assert.Equal(code, fault.Code);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Null(await catalog.TryLoadTableAsync(new TableIdentifier("sources", "drivers"), Token));
    }

    [Fact]
    public async Task Glob_TakesWhatFits()
    {
        await WriteAsync("2024/a.parquet", ("id", 1L));
        await WriteAsync("2024/deep/b.parquet", ("id", 2L));
        await WriteAsync("2025/a.parquet", ("id", 3L));
        Assert.Equal([1L, 3L], await IdsAsync((await sources.SyncAsync(new FeatureSource("g") { Parquet = "data/*/*.parquet" }, Token)).Table));
        Assert.Equal([1L, 2L], await IdsAsync((await sources.SyncAsync(new FeatureSource("h") { Parquet = "data/2024" }, Token)).Table));
    }

    public void Dispose()
    {
        catalog.Dispose();
        root.Delete(recursive: true);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Under(string path) => Path.Combine(root.FullName, path);

    private FolderSources Open() => new(catalog, new ParquetNetFormat(store), Under);

    [Fact]
    public async Task Folder_WithMomentsFinerThanAMicrosecond_IsRefused()
    {
        await CopyAsync("whole.parquet", "SELECT 1 AS id, TIMESTAMP_NS '2024-01-01 00:00:00.000001' AS at");
        Assert.Equal("timestamp", SchemaJson.NameOf((await sources.SyncAsync(source, Token)).Table.Metadata.CurrentSchema.Fields[1].Type));
        await CopyAsync("fine.parquet", "SELECT 1 AS id, make_timestamp_ns(1704067200000000001) AS at");
        var fault = await Assert.ThrowsAsync<SourceException>(() => sources.SyncAsync(source, Token));
        Assert.Equal("source-nanoseconds", fault.Code);
        Assert.Contains("the column 'at' of '", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_WhoseFilesHaveIdsOfTheirOwn_IsRefusedWhereTheyMeanOtherColumns()
    {
        await CopyAsync("a.parquet", "SELECT 1 AS id, 2 AS other", "FIELD_IDS {id: 2, other: 1}");
        Assert.Equal("source-field-ids", (await Assert.ThrowsAsync<SourceException>(() => sources.SyncAsync(source, Token))).Code);
    }

    private async Task CopyAsync(string name, string select, string? option = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Under($"data/{name}"))!);
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        await connection.OpenAsync(Token);
        using var command = connection.CreateCommand();
        command.CommandText = $"COPY ({select}) TO '{Under($"data/{name}")}' (FORMAT parquet{(option is null ? "" : $", {option}")})";
        await command.ExecuteNonQueryAsync(Token);
    }

    /// <summary>Writes a file without field ids, a row a pair; a column is null in rows that do not name it.</summary>
    private async Task WriteAsync(string name, params (string Column, object Value)[] rows)
    {
        var columns = rows.Select(r => r.Column).Distinct().ToList();
        var values = string.Join(", ", rows.Select(r => $"({string.Join(", ", columns.Select(c => c != r.Column ? "NULL" : r.Value is string text ? $"'{text}'" : r.Value is int whole ? $"CAST({whole} AS INTEGER)" : $"CAST({r.Value} AS BIGINT)"))})"));
        await CopyAsync(name, $"SELECT * FROM (VALUES {values}) AS t({string.Join(", ", columns)})");
    }

    private async Task<IReadOnlyList<(long At, long Driver, float Rate)>> RowsAsync(Table table)
    {
        var rows = new List<(long, long, float)>();
        await foreach (var batch in (table.NewScan() with { Columns = ["event_timestamp", "driver_id", "conv_rate"] }).ReadAsync(new ParquetNetFormat(store), Token))
        {
            using (batch)
            {
                for (var i = 0; i < batch.Length; i++)
                {
                    rows.Add((((TimestampArray)batch.Column(0)).GetValue(i)!.Value, ((Int64Array)batch.Column(1)).GetValue(i)!.Value, ((FloatArray)batch.Column(2)).GetValue(i)!.Value));
                }
            }
        }

        return rows;
    }

    private async Task<IReadOnlyList<long>> IdsAsync(Table table)
    {
        var ids = new List<long>();
        await foreach (var batch in (table.NewScan() with { Columns = ["id"] }).ReadAsync(new ParquetNetFormat(store), Token))
        {
            using (batch)
            {
                for (var i = 0; i < batch.Length; i++)
                {
                    ids.AddRange(batch.Column(0) is Int64Array longs ? longs.GetValue(i) is { } id ? [id] : [] : ((Int32Array)batch.Column(0)).GetValue(i) is { } whole ? [whole] : []);
                }
            }
        }

        return [.. ids.Order()];
    }
}
