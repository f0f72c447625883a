using System.Globalization;
using BenchmarkDotNet.Attributes;
using DuckDB.NET.Data;
using Features.Core.Engine;
using Features.DuckDb;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;

namespace Features.Benchmarks.Tables;

/// <summary>Tables through the engine against the engine alone: the same rows, files, compression and threads.</summary>
[MedianColumn]
public class TableSpeedBenchmarks
{
    private const string Columns = "count(*), sum(id), sum(k), sum(v), sum(small), sum(d), sum(e), sum(f), max(ts), max(day), sum(m), max(s), max(h), count(b), sum(w)";

    private readonly string folder = Directory.CreateTempSubdirectory("table-speed-").FullName;
    private DuckDbEngine engine = null!;
    private SqliteCatalog catalog = null!;
    private DuckDBConnection plain = null!;
    private Table filled = null!, target = null!;
    private IReadOnlyList<DataFile> files = [];
    private string select = "";
    private int runs;

    [Params(10_000_000)]
    public int Rows { get; set; }

    private string Given => Path.Combine(folder, "given.parquet");

    [GlobalSetup]
    public async Task Setup()
    {
        engine = new DuckDbEngine(new DuckDbEngineOptions { SpillDirectory = folder });
        catalog = new SqliteCatalog(Path.Combine(folder, "catalog.db"), "local", Path.Combine(folder, "warehouse"), new LocalObjectStore(), TimeProvider.System);
        plain = new DuckDBConnection("DataSource=:memory:");
        plain.Open();
        Execute(string.Create(CultureInfo.InvariantCulture, $"""
            COPY (SELECT i AS id, i % 1000 AS k, (i * 7919) % 100000 AS v, (i % 97)::INTEGER AS small, i::DOUBLE / 7 AS d, sqrt(i) AS e, (i % 1000)::FLOAT AS f, TIMESTAMP '2024-01-01' + to_seconds(i) AS ts,
                DATE '2024-01-01' + (i % 365)::INTEGER AS day, (i % 10000)::DECIMAL(9,2) AS m, 'airport-' || (i % 300) AS s, md5((i % 100000)::VARCHAR) AS h, i % 3 = 0 AS b, (i * 31) % 1000003 AS w
            FROM range({Rows}) t(i)) TO '{Given}' (FORMAT parquet)
            """));
        select = $"SELECT * FROM read_parquet('{Given}')";
        filled = await CreateAsync("bench.filled");
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        files = await session.WriteAsync(filled, select, "filled", default);
        filled = (await filled.NewTransaction().Add(new AppendFiles(files)).CommitAsync(default)).Table;
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        plain.Dispose();
        catalog.Dispose();
        await engine.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [IterationSetup(Targets = [nameof(AppendToTable), nameof(CommitOfOneFile)])]
    public void NewTable() => target = CreateAsync(string.Create(CultureInfo.InvariantCulture, $"bench.t{runs++}")).GetAwaiter().GetResult();

    [IterationCleanup(Targets = [nameof(AppendToTable)])]
    public void DropFiles() => Directory.Delete(target.DataFolder, recursive: true);

    /// <summary>Plan, add to a session, and read every column.</summary>
    [Benchmark]
    public async Task<long> ScanOfTable()
    {
        var plan = await filled.NewScan().PlanAsync(default);
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        await session.AddTableAsync("bench.filled", plan, default);
        return await DrainAsync(session, $"SELECT {Columns} FROM bench.filled");
    }

    [Benchmark]
    public async Task<long> ScanOfItsFiles()
    {
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        return await DrainAsync(session, $"SELECT {Columns} FROM read_parquet([{string.Join(", ", files.Select(f => $"'{f.FilePath}'"))}])");
    }

    /// <summary>Files, flushed to disk, and the commit.</summary>
    [Benchmark]
    public async Task AppendToTable()
    {
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        await target.NewTransaction().Add(new AppendFiles(await session.WriteAsync(target, select, "run", default))).CommitAsync(default);
    }

    [Benchmark]
    public void CopyOfTheEngine() => Execute($"COPY ({select}) TO '{Path.Combine(folder, "copy.parquet")}' (FORMAT parquet, COMPRESSION zstd)");

    /// <summary>Manifest, manifest list, metadata and the catalog's row, each flushed to disk.</summary>
    [Benchmark]
    public async Task CommitOfOneFile() => await target.NewTransaction().Add(new AppendFiles(files)).CommitAsync(default);

    private static async Task<long> DrainAsync(ISqlSession session, string sql)
    {
        var rows = 0L;
        await foreach (var batch in session.QueryAsync(sql, default))
        {
            using (batch)
            {
                rows += batch.Length;
            }
        }

        return rows;
    }

    private async Task<Table> CreateAsync(string name)
    {
        PrimitiveType Type(PrimitiveKind kind) => new(kind);
        (string Name, PrimitiveType Type)[] columns =
        [
            ("id", Type(PrimitiveKind.Long)), ("k", Type(PrimitiveKind.Long)), ("v", Type(PrimitiveKind.Long)), ("small", Type(PrimitiveKind.Int)), ("d", Type(PrimitiveKind.Double)), ("e", Type(PrimitiveKind.Double)),
            ("f", Type(PrimitiveKind.Float)), ("ts", Type(PrimitiveKind.Timestamp)), ("day", Type(PrimitiveKind.Date)), ("m", new PrimitiveType(PrimitiveKind.Decimal, 9, 2)), ("s", Type(PrimitiveKind.String)),
            ("h", Type(PrimitiveKind.String)), ("b", Type(PrimitiveKind.Boolean)), ("w", Type(PrimitiveKind.Long)),
        ];
        var schema = new Schema(0, [.. columns.Select((c, i) => new NestedField(i + 1, c.Name, c.Type, false))], []);
        return await catalog.CreateTableAsync(TableIdentifier.TryParse(name)!, new TableCreation(schema, PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()), default);
    }

    private void Execute(string sql)
    {
        using var command = plain.CreateCommand();
#pragma warning disable CA2100 // The benchmark's own SQL.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
