using System.Diagnostics;
using System.Globalization;
using DuckDB.NET.Data;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.PointInTime;
using Features.DuckDb;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;

namespace Features.Benchmarks.PointInTime;

/// <summary>Tables of features and a spine, in a temporary folder, and joins over them whose output is written.</summary>
internal sealed class JoinData : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("join-speed-").FullName;
    private readonly DuckDbEngine engine;
    private readonly SqliteCatalog catalog;
    private readonly DuckDBConnection plain;
    private int outputs;

    public JoinData()
    {
        engine = new DuckDbEngine(new DuckDbEngineOptions { SpillDirectory = folder, MemoryLimitBytes = 512L << 20 });
        catalog = new SqliteCatalog(Path.Combine(folder, "catalog.db"), "local", Path.Combine(folder, "warehouse"), new LocalObjectStore(), TimeProvider.System);
        plain = new DuckDBConnection("DataSource=:memory:");
        plain.Open();
    }

    public string SpinePath => Path.Combine(folder, "spine.parquet");

    public string OutputPath => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"joined-{++outputs}.parquet"));

    /// <summary>Writes a SELECT's rows to the spine's file, in order.</summary>
    public void WriteSpine(string select) => Execute($"COPY ({select}) TO '{SpinePath}' (FORMAT parquet, COMPRESSION zstd)");

    /// <summary>Makes a table of a SELECT's rows.</summary>
    public async Task AddTableAsync(string name, string select)
    {
        await using var session = await engine.OpenAsync(SqlTrust.Pipeline, default);
        var schema = ArrowSchema.ToIceberg(await session.DescribeAsync(select, default));
        var table = await catalog.CreateTableAsync(TableIdentifier.TryParse(name)!, new TableCreation(schema, PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()), default);
        await table.NewTransaction().Add(new AppendFiles(await session.WriteAsync(table, select, "rows", default))).CommitAsync(default);
    }

    /// <summary>The SQL that reads a table's files.</summary>
    public async Task<string> FilesAsync(string name)
    {
        var table = (await catalog.TryLoadTableAsync(TableIdentifier.TryParse(name)!, default))!;
        var plan = await table.NewScan().PlanAsync(default);
        return $"read_parquet([{string.Join(", ", plan.Tasks.Select(t => $"'{t.Location}'"))}])";
    }

    /// <summary>Joins features to the spine's file and writes all columns to a Parquet file, or to an Arrow stream.</summary>
    public async Task<long> JoinAsync(DefinitionSet definitions, IReadOnlyList<string> features, long memoryBytes, bool asArrow = false)
    {
        var join = new HistoricalJoin(engine, new ReadGate(catalog, new LocalPolicy(), new SqliteAuditLog(Path.Combine(folder, "audit.db"), TimeProvider.System), TimeProvider.System));
        var request = new JoinRequest(definitions, features, new FileSpine(new SourceFile(SpinePath, SourceFormat.Parquet), "at"), Reader.Local("historical"))
        {
            Trust = SqlTrust.Pipeline,
            FullNames = true,
            Options = new JoinOptions { MemoryBytes = memoryBytes, SpillDirectory = folder },
        };
        JoinedRows? joined = null;
        await MeasuredAsync("- joined", async () => (joined = await join.JoinAsync(request, default)).RowCount);
        return await MeasuredAsync("- written", () => asArrow ? WriteArrowAsync(joined!) : WriteAsync(joined!));
    }

    private async Task<long> WriteAsync(JoinedRows rows)
    {
        await using var joined = rows;
        var schema = new Apache.Arrow.Schema([.. joined.Schema.FieldsList.Skip(1)], null);
        await using var writer = await new ParquetNetFormat(new LocalObjectStore()).CreateAsync(OutputPath, ArrowSchema.ToIceberg(schema), DataFileOptions.Default, default);
        await foreach (var batch in joined.ReadAsync(default))
        {
            batch.Column(0).Dispose();
            using var written = new Apache.Arrow.RecordBatch(schema, batch.Arrays.Skip(1), batch.Length);
            await writer.WriteAsync(written, default);
        }

        await writer.CompleteAsync(default);
        return joined.RowCount;
    }

    private async Task<long> WriteArrowAsync(JoinedRows rows)
    {
        await using var joined = rows;
        var schema = new Apache.Arrow.Schema([.. joined.Schema.FieldsList.Skip(1)], null);
        await using var file = new FileStream(OutputPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
        using var writer = new Apache.Arrow.Ipc.ArrowStreamWriter(file, schema);
        await foreach (var batch in joined.ReadAsync(default))
        {
            batch.Column(0).Dispose();
            using var written = new Apache.Arrow.RecordBatch(schema, batch.Arrays.Skip(1), batch.Length);
            await writer.WriteRecordBatchAsync(written);
        }

        await writer.WriteEndAsync();
        return joined.RowCount;
    }

    /// <summary>Runs a SELECT and writes its rows to a Parquet file, by the engine alone.</summary>
    public void Copy(string select) => Execute($"COPY ({select}) TO '{OutputPath}' (FORMAT parquet, COMPRESSION zstd)");

    public void Execute(string sql)
    {
        using var command = plain.CreateCommand();
#pragma warning disable CA2100 // The benchmark's own SQL.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>Says what a run took of the processor, and the most memory that the process has had; a wall clock alone says little on a busy machine.</summary>
    public static async Task<long> MeasuredAsync(string name, Func<Task<long>> run)
    {
        using var process = Process.GetCurrentProcess();
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5");
        var (before, watch) = (process.TotalProcessorTime, Stopwatch.StartNew());
        var rows = await run();
        process.Refresh();
        var most = (await File.ReadAllLinesAsync("/proc/self/status")).First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))[6..].Trim();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"// {name}: {rows} rows, {watch.Elapsed.TotalSeconds:F2} s, {(process.TotalProcessorTime - before).TotalSeconds:F2} s of processor, {most} at the most"));
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        plain.Dispose();
        catalog.Dispose();
        await engine.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    public void DropOutputs()
    {
        foreach (var path in Directory.EnumerateFiles(folder, "joined-*.parquet"))
        {
            File.Delete(path);
        }
    }
}
