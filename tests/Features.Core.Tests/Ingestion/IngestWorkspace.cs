using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Core.Lineage;
using Features.DuckDb;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Storage;

namespace Features.Core.Tests.Ingestion;

/// <summary>A workspace in a folder of its own, with everything real: DuckDB, SQLite catalog and inbox, Parquet files.</summary>
internal sealed class IngestWorkspace : IAsyncDisposable, IPipelines
{
    private readonly SqliteCatalog catalog;
    private readonly FileLineageSink lineage;
    private int events;

    public IngestWorkspace(params Definition[] definitions)
    {
        Root = Directory.CreateTempSubdirectory("features-ingest-").FullName;
        Directory.CreateDirectory(Path.Combine(Root, "landing"));
        Definitions = new DefinitionSet(definitions);
        var storage = new LocalObjectStore();
        catalog = new SqliteCatalog(Path.Combine(Root, "catalog.db"), "features", Path.Combine(Root, "warehouse"), storage, TimeProvider.System);
        lineage = new FileLineageSink(LineagePath, TimeProvider.System);
        Inbox = new SqliteInbox(Path.Combine(Root, "inbox.db"), TimeProvider.System);
        Audit = new SqliteAuditLog(Path.Combine(Root, "audit.db"), TimeProvider.System);
        Engine = new DuckDbEngine(new DuckDbEngineOptions { SpillDirectory = Path.Combine(Root, "spill") });
        Ports = new IngestPorts
        {
            Inbox = Inbox,
            Pipelines = this,
            Catalog = catalog,
            Files = new ParquetNetFormat(storage),
            Engine = Engine,
            Gate = new ReadGate(catalog, new LocalPolicy(), Audit, TimeProvider.System),
            Lineage = lineage,
            Clock = TimeProvider.System,
        };
    }

    public string Root { get; }

    public string LineagePath => Path.Combine(Root, "lineage.ndjson");

    public DefinitionSet Definitions { get; set; }

    public IngestPorts Ports { get; set; }

    public SqliteInbox Inbox { get; }

    public SqliteAuditLog Audit { get; }

    public ISqlEngine Engine { get; }

    public IngestOptions Options { get; set; } = new() { BackOff = TimeSpan.Zero, TurnPoll = TimeSpan.FromMilliseconds(2), TurnWait = TimeSpan.FromSeconds(20) };

    public ValueTask<IReadOnlyList<AppliedPipeline>> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult(AppliedPipeline.Of(Definitions));

    public string Drop(string name, string content)
    {
        var path = Path.Combine(Root, "landing", name);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Writes a Parquet file by a statement of DuckDB's.</summary>
    public async Task<string> DropParquetAsync(string name, string select)
    {
        var path = Path.Combine(Root, "landing", name);
        using var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:");
        await connection.OpenAsync();
        using var command = connection.CreateCommand();
        command.CommandText = $"COPY ({select}) TO '{path}' (FORMAT parquet)";
        await command.ExecuteNonQueryAsync();
        return path;
    }

    public async Task<Acceptance> AcceptAsync(string pipeline, string path) => await Inbox.AcceptAsync(
        new Arrival("test", $"event-{++events}", pipeline, path, File.Exists(path) ? await LocalETag.OfAsync(path, default) : "gone", null), default);

    public async Task<IngestResult?> RunOnceAsync(IIngestObserver? observer = null, string worker = "worker") =>
        await new InboxWorker(Inbox, new Ingestor(Ports, Options, observer), Options, TimeProvider.System).RunOnceAsync(worker, TestContext.Current.CancellationToken);

    public async Task<IReadOnlyList<IngestResult>> DrainAsync(IIngestObserver? observer = null, string worker = "worker")
    {
        var results = new List<IngestResult>();
        while (await RunOnceAsync(observer, worker) is { } result)
        {
            results.Add(result);
        }

        return results;
    }

    public async Task<Iceberg.Table> LoadAsync(string table) => (await catalog.TryLoadTableAsync(TableIdentifier.TryParse(table)!, default))!;

    public async Task<bool> ExistsAsync(string table) => await catalog.TryLoadTableAsync(TableIdentifier.TryParse(table)!, default) is not null;

    /// <summary>The rows of a query over tables, each as its values joined by <c>|</c>; read through the gate.</summary>
    public async Task<List<string>> QueryAsync(string sql, params string[] tables)
    {
        await using var session = await Engine.OpenAsync(SqlTrust.Pipeline, default);
        foreach (var table in tables)
        {
            var read = await Ports.Gate.OpenAsync(Reader.Local("sql"), TableIdentifier.TryParse(table)!, ReadSelection.Current, default);
            await session.AddTableAsync(table, read.Plan, default);
        }

        var rows = new List<string>();
        await foreach (var batch in session.QueryAsync($"SELECT concat_ws('|', *COLUMNS(*)) AS line FROM (SELECT COLUMNS(*)::VARCHAR FROM ({sql}))", default))
        {
            using (batch)
            {
                rows.AddRange(Enumerable.Range(0, batch.Length).Select(i => ((StringArray)batch.Column(0)).GetString(i)));
            }
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        lineage.Dispose();
        catalog.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
