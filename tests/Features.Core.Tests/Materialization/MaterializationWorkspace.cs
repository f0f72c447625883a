using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Inbox;
using Features.Core.Lineage;
using Features.Core.Materialization;
using Features.Core.Online;
using Features.DuckDb;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Maintenance;
using Features.Iceberg.RowChanges;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;
using Microsoft.Extensions.Time.Testing;
using ArrowSchemaType = Apache.Arrow.Schema;
using Table = Features.Iceberg.Table;

namespace Features.Core.Tests.Materialization;

/// <summary>A workspace in a temporary folder with one table of events, <c>shop.events</c>, and views over it.</summary>
internal sealed class MaterializationWorkspace : IAsyncDisposable
{
    public const string Table = "shop.events";

    private static readonly TimestampType Timestamp = new(Apache.Arrow.Types.TimeUnit.Microsecond, (string?)null);

    private static readonly ArrowSchemaType Columns = new(
        [
            new Field("customer", StringType.Default, true),
            new Field("item", Int32Type.Default, true),
            new Field("at", Timestamp, true),
            new Field("known", Timestamp, true),
            new Field("amount", Int32Type.Default, true),
            new Field("note", StringType.Default, true),
        ],
        null);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("materialize-");

    public MaterializationWorkspace()
    {
        Clock = new FakeTimeProvider(new DateTimeOffset(2030, 6, 1, 0, 0, 0, TimeSpan.Zero)) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) };
        Catalog = new SqliteCatalog(Path.Combine(folder.FullName, "catalog.db"), "test", Path.Combine(folder.FullName, "warehouse"), new LocalObjectStore(), Clock);
        Format = new ParquetNetFormat(Catalog.Storage);
        Engine = new DuckDbEngine(new DuckDbEngineOptions { SpillDirectory = folder.FullName });
        Gate = new ReadGate(Catalog, new LocalPolicy(), Audit = new SqliteAuditLog(Path.Combine(folder.FullName, "audit.db"), Clock), Clock);
        Lineage = new FileLineageSink(LineagePath, Clock);
        Inbox = new SqliteInbox(Path.Combine(folder.FullName, "inbox.db"), Clock);
    }

    public sealed record Event(string? Customer, int? Item, long? At, long? Known, int? Amount, string? Note);

    public static DefinitionSet Declared { get; } = DefinitionReader.ReadText(
        """
        kind: Entity
        name: customer
        keys: [{ name: customer, type: string }, { name: item, type: int }]
        ---
        kind: Entity
        name: item
        keys: [{ name: item, type: int }]
        ---
        kind: FeatureView
        name: latest
        entity: customer
        source: shop.events
        clocks: { event: at, available: known }
        order_by: [amount]
        features:
          - { name: last_amount, column: amount }
          - { name: last_note, column: note }
          - { name: amount_5us, aggregate: sum(amount), window: 5us }
        ---
        kind: FeatureView
        name: counts
        entity: item
        source: shop.events
        clocks: { event: at }
        features:
          - { name: events_9us, aggregate: count(*), window: 9us }
          - { name: spent_9us, aggregate: sum(amount * 2), window: 9us }
        """,
        "shop.yaml");

    public FakeTimeProvider Clock { get; }

    public SqliteCatalog Catalog { get; }

    public IDataFileFormat Format { get; }

    public DuckDbEngine Engine { get; }

    public ReadGate Gate { get; }

    public SqliteAuditLog Audit { get; }

    public FileLineageSink Lineage { get; }

    public SqliteInbox Inbox { get; }

    public string Folder => folder.FullName;

    public string LineagePath => Path.Combine(folder.FullName, "lineage.ndjson");

    public MemoryViews Views { get; private set; } = new();

    public DefinitionSet Definitions { get; set; } = Declared;

    public int RowsPerPart { get; set; } = 5;

    public Materializer Materializer => NewMaterializer(Views);

    public Materializer NewMaterializer(IOnlineViews views) =>
        new(Engine, Gate, views, Inbox, Lineage, new MaterializationLease(Path.Combine(folder.FullName, "leases"), TimeProvider.System), "test", Clock) { RowsPerPart = RowsPerPart };

    public Task<IReadOnlyList<MaterializedView>> RunAsync(bool full = false, params string[] views) =>
        Materializer.MaterializeAsync(new MaterializeRequest(Definitions, Reader.Local("materialize")) { Full = full, Views = views }, null, TestContext.Current.CancellationToken);

    /// <summary>What a materialisation from nothing gives.</summary>
    public async Task<MemoryViews> AnewAsync()
    {
        var views = new MemoryViews();
        await NewMaterializer(views).MaterializeAsync(new MaterializeRequest(Definitions, Reader.Local("materialize")), null, TestContext.Current.CancellationToken);
        return views;
    }

    public async Task<Table> OpenAsync(bool mergesOnRead = false)
    {
        var identifier = TableIdentifier.TryParse(Table)!;
        var table = await Catalog.TryLoadTableAsync(identifier, default)
            ?? await Catalog.CreateTableAsync(identifier, new TableCreation(ArrowSchema.ToIceberg(Columns), PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()), default);
        var mode = mergesOnRead ? "merge-on-read" : "copy-on-write";
        return table.Metadata.Properties.GetValueOrDefault("write.delete.mode") == mode ? table
            : (await table.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { ["write.delete.mode"] = mode, ["write.merge.mode"] = mode })).CommitAsync(default)).Table;
    }

    public async Task AppendAsync(params IReadOnlyList<Event> rows) => await (await OpenAsync()).Rows(Format).AppendAsync(Batches(rows));

    /// <summary>Appends rows to a table whose <c>amount</c> was widened.</summary>
    public async Task AppendWideAsync(params IReadOnlyList<Event> rows)
    {
        var narrow = Batch(rows);
        var amount = new Int64Array.Builder().AppendRange(rows.Select(r => (long)r.Amount!)).Build();
        var schema = new ArrowSchemaType([.. Columns.FieldsList.Select(f => f.Name == "amount" ? new Field(f.Name, Int64Type.Default, true) : f)], null);
        var wide = new RecordBatch(schema, narrow.Schema.FieldsList.Select((f, i) => f.Name == "amount" ? amount : narrow.Column(i)), rows.Count);
        await (await OpenAsync()).Rows(Format).AppendAsync(new[] { wide }.ToAsyncEnumerable());
    }

    public async Task DeleteAsync(Filter filter, bool mergesOnRead = false) => await (await OpenAsync(mergesOnRead)).Rows(Format).DeleteAsync(filter);

    public async Task OverwriteAsync(IReadOnlyList<Event> rows, Filter filter) => await (await OpenAsync()).Rows(Format).OverwriteAsync(Batches(rows), filter);

    public async Task UpsertAsync(IReadOnlyList<Event> rows, bool mergesOnRead) => await (await OpenAsync(mergesOnRead)).Rows(Format).UpsertAsync(Batches(rows), ["customer", "item"]);

    public async Task CompactAsync()
    {
        var rewrite = new DataFileRewrite(await OpenAsync(), Format) { MinInputFiles = 2, DeleteFileThreshold = 1, RewritesAll = true };
        await rewrite.ExecuteAsync(await rewrite.PlanAsync());
    }

    public async Task ExpireAsync(int retain)
    {
        var expiry = new SnapshotExpiry(await OpenAsync()) { OlderThan = Clock.GetUtcNow().AddDays(1), RetainLast = retain };
        await expiry.ExecuteAsync(await expiry.PlanAsync());
    }

    public async Task<bool> RollbackAsync(int steps)
    {
        var table = await OpenAsync();
        var at = table.Metadata.CurrentSnapshot;
        for (; steps > 0 && at?.ParentId is { } parent; steps--)
        {
            at = table.Metadata.FindSnapshot(parent);
        }

        if (at is null || at.SnapshotId == table.Metadata.CurrentSnapshotId)
        {
            return false;
        }

        await table.NewTransaction().Add(new RollbackTo(at.SnapshotId)).CommitAsync(default);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Catalog.Dispose();
        Lineage.Dispose();
        folder.Delete(recursive: true);
    }

    public static RecordBatch Batch(IReadOnlyList<Event> rows)
    {
        StringArray.Builder customer = new(), note = new();
        Int32Array.Builder item = new(), amount = new();
        Int64Array.Builder at = new(), known = new();
        foreach (var row in rows)
        {
            customer.Append(row.Customer);
            item.Append(row.Item);
            at.Append(row.At);
            known.Append(row.Known);
            amount.Append(row.Amount);
            note.Append(row.Note);
        }

        return new RecordBatch(Columns, [customer.Build(), item.Build(), AsTimestamp(at.Build()), AsTimestamp(known.Build()), amount.Build(), note.Build()], rows.Count);
    }

    private static async IAsyncEnumerable<RecordBatch> Batches(IReadOnlyList<Event> rows)
    {
        await Task.CompletedTask;
        yield return Batch(rows);
    }

    private static TimestampArray AsTimestamp(Int64Array array) => new(Timestamp, array.ValueBuffer, array.NullBitmapBuffer, array.Length, array.NullCount, 0);
}
