using System.Diagnostics;
using System.Globalization;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.DuckDb;
using Features.Flight;
using Features.Flight.Cache;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;
using Features.Server.Serving;

namespace Features.Benchmarks.Flight;

/// <summary>
/// How fast an Iceberg table is loaded until it is ready, beside what the engine needs to scan the same Parquet files and throw the rows away; all in one process, in turns. Features are
/// random floats, which compress badly: what is measured is the way of the bytes.
/// </summary>
internal static class LoadBenchmarks
{
    public const string Name = "flight-load";

    private static readonly TableIdentifier Identifier = new("bench", "samples");

    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var (rows, features, rounds) = (Number(args, 0, 4_000_000), Number(args, 1, 32), Number(args, 2, 5));
        var folder = Directory.CreateTempSubdirectory("features-load-").FullName;
        try
        {
            await using var engine = new DuckDbEngine(new DuckDbEngineOptions());
            using var catalog = new SqliteCatalog(Path.Combine(folder, "catalog.db"), "bench", Path.Combine(folder, "warehouse"), new LocalObjectStore(), TimeProvider.System);
            var files = await WriteAsync(engine, catalog, rows, features);
            var gate = new ReadGate(catalog, new LocalPolicy(), new SqliteAuditLog(Path.Combine(folder, "audit.db"), TimeProvider.System), TimeProvider.System);
            var tables = new TableSource(gate, engine);
            var plan = await tables.FindAsync(new DatasetSelection(Identifier.ToString(), new TableSelection()), outcome: null, CancellationToken.None);
            using var cache = new DatasetCache(new TablesAlone(tables), new FlightOptions { MemoryBudgetBytes = 1L << 40 });
            var bytes = rows * ((4L * features) + 8 + 4);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows} rows, {features} float32 features, {bytes / 1e9:F2} GB as Arrow, {files.Sum(f => new FileInfo(f).Length) / 1e9:F2} GB in {files.Count} Parquet files"));
            var measured = new List<Dictionary<string, Cost>>();
            for (var round = -1; round < rounds; round++)
            {
                var seconds = new Dictionary<string, Cost>
                {
                    ["engine, one statement"] = await TimeAsync(() => Task.Run(() => Drain(files, connections: 1))),
                    ["engine, a connection a core"] = await TimeAsync(() => Task.Run(() => Drain(files, Environment.ProcessorCount))),
                    ["runs to Arrow"] = await TimeAsync(() => DiscardAsync(tables, plan)),
                    ["fresh memory, filled"] = await TimeAsync(() => Task.Run(() => Fill(bytes))),
                    ["load to ready, columns"] = await TimeAsync(() => cache.WarmAsync(new StorePlan(plan), CancellationToken.None)),
                    ["load to ready, tensor"] = await EvictedAsync(cache, plan, () => TimeAsync(() => cache.WarmAsync(new StorePlan(plan, new TensorOptions()), CancellationToken.None))),
                };
                cache.Evict(plan.Name);
                if (round >= 0)
                {
                    measured.Add(seconds);
                }
            }

            Print(measured, bytes);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Cost> EvictedAsync(DatasetCache cache, DatasetPlan plan, Func<Task<Cost>> load)
    {
        cache.Evict(plan.Name);
        return await load();
    }

    private static void Print(List<Dictionary<string, Cost>> rounds, double bytes)
    {
        foreach (var what in rounds[0].Keys)
        {
            var (seconds, processor) = (Median(rounds.Select(r => r[what].Seconds)), Median(rounds.Select(r => r[what].Processor)));
            var ratios = rounds[0].Keys.Take(3).Select(other => Median(rounds.Select(r => r[other].Seconds / r[what].Seconds)));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{what,-28} {seconds,7:F3} s {bytes / seconds / 1e9,6:F2} GB/s {processor / bytes * 1e9,6:F2} CPU s/GB   x the three scans: {string.Join("  ", ratios.Select(r => r.ToString("F2", CultureInfo.InvariantCulture)))}"));
        }
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : 0;

    private static async Task<Cost> TimeAsync(Func<Task> work)
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        var (clock, spent) = (Stopwatch.StartNew(), process.TotalProcessorTime);
        await work();
        var seconds = clock.Elapsed.TotalSeconds;
        process.Refresh();
        return new Cost(seconds, (process.TotalProcessorTime - spent).TotalSeconds);
    }

    private static async Task DiscardAsync(TableSource tables, DatasetPlan plan) => await Parallel.ForEachAsync(
        await tables.PartsAsync(plan, CancellationToken.None),
        new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
        async (part, token) =>
        {
            await foreach (var batch in part.ReadAsync(token))
            {
                batch.Dispose();
            }
        });

    // What no load can do without: the pages that the rows will lie on, written once.
    private static void Fill(long bytes)
    {
        const int block = 1 << 20;
        using var arena = new MemoryArena(SlabAllocator.Shared);
        for (var left = bytes; left > 0; left -= block)
        {
            arena.Rent(block).Span.Fill(1);
        }
    }

    // The engine's own chunks, as they come, on connections of one instance; files are dealt to them, or the rows of a single file.
    private static void Drain(IReadOnlyList<string> files, int connections)
    {
        using var first = new DuckDBConnection("DataSource=:memory:");
        first.Open();
        Parallel.For(0, connections, new ParallelOptions { MaxDegreeOfParallelism = connections }, i =>
        {
            using var connection = first.Duplicate();
            if (connection.State != System.Data.ConnectionState.Open)
            {
                connection.Open();
            }

            Drain(connection, [.. files.Where((_, f) => f % connections == i)]);
        });
    }

    private static void Drain(DuckDBConnection connection, IReadOnlyList<string> files)
    {
        if (files.Count == 0)
        {
            return;
        }

        var sql = $"SELECT * FROM read_parquet([{string.Join(", ", files.Select(f => $"'{f}'"))}])";
        NativeMethods.PreparedStatements.DuckDBPrepare(connection.NativeConnection, sql, out var statement);
        using (statement)
        {
            NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(statement, out var result);
            while (true)
            {
                using var chunk = NativeMethods.StreamingResult.DuckDBStreamFetchChunk(result);
                if (chunk.IsInvalid || NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk) == 0)
                {
                    break;
                }
            }

            NativeMethods.Query.DuckDBDestroyResult(ref result);
        }
    }

    private static async Task<IReadOnlyList<string>> WriteAsync(DuckDbEngine engine, SqliteCatalog catalog, long rows, int features)
    {
        NestedField[] fields =
        [
            new(1, "id", new PrimitiveType(PrimitiveKind.Long), Required: false),
            .. Enumerable.Range(0, features).Select(i => new NestedField(2 + i, string.Create(CultureInfo.InvariantCulture, $"f{i}"), new PrimitiveType(PrimitiveKind.Float), Required: false)),
            new(2 + features, "label", new PrimitiveType(PrimitiveKind.Int), Required: false),
        ];
        var table = await catalog.CreateTableAsync(
            Identifier, new TableCreation(new Schema(0, fields, []), PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()), CancellationToken.None);
        const int files = 4;
        for (var i = 0; i < files; i++)
        {
            await using var session = await engine.OpenAsync(SqlTrust.Pipeline, CancellationToken.None);
            var values = string.Join(", ", Enumerable.Range(0, features).Select(f => $"CAST(random() AS FLOAT) AS f{f}"));
            var added = await session.WriteAsync(
                table, string.Create(CultureInfo.InvariantCulture, $"SELECT range AS id, {values}, CAST(range % 2 AS INTEGER) AS label FROM range({rows * i / files}, {rows * (i + 1) / files})"), "bench", CancellationToken.None);
            table = (await table.NewTransaction().Add(new AppendFiles(added)).CommitAsync(CancellationToken.None)).Table;
        }

        return [.. (await table.NewScan().PlanAsync(CancellationToken.None)).Tasks.Select(t => t.File.FilePath.Replace("file://", "", StringComparison.Ordinal))];
    }

    private static int Number(IReadOnlyList<string> args, int at, int otherwise) => at < args.Count ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;

    private sealed record Cost(double Seconds, double Processor);

    /// <summary>Tables without training sets.</summary>
    private sealed class TablesAlone(TableSource tables) : IDatasetSource
    {
        public IAsyncEnumerable<DatasetPlan> ListAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<DatasetPlan>();

        public async ValueTask<DatasetPlan?> FindAsync(DatasetSelection selection, string? outcome, CancellationToken cancellationToken) => await tables.FindAsync(selection, outcome, cancellationToken);

        public Task<IReadOnlyList<IDatasetPart>> PartsAsync(DatasetPlan plan, CancellationToken cancellationToken) => tables.PartsAsync(plan, cancellationToken);
    }
}
