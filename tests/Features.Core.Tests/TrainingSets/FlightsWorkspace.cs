using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Lineage;
using Features.Core.PointInTime;
using Features.Core.Registry;
using Features.Core.TrainingSets;
using Features.Core.TrainingSets.Verification;
using Features.DuckDb;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;
using Microsoft.Extensions.Time.Testing;
using ArrowSchemaType = Apache.Arrow.Schema;

namespace Features.Core.Tests.TrainingSets;

/// <summary>A workspace in a temporary folder with one table of departures, <c>flights.departures</c>.</summary>
internal sealed class FlightsWorkspace : IAsyncDisposable
{
    public const string Table = "flights.departures";

    private static readonly ArrowSchemaType Columns = new(
        [
            new Field("origin", StringType.Default, true),
            new Field("departs_at", new TimestampType(Apache.Arrow.Types.TimeUnit.Microsecond, (string?)null), true),
            new Field("known_at", new TimestampType(Apache.Arrow.Types.TimeUnit.Microsecond, (string?)null), true),
            new Field("delay", Int32Type.Default, true),
            new Field("carrier", StringType.Default, true),
        ],
        null);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("training-");

    public FlightsWorkspace()
    {
        Clock = new FakeTimeProvider(new DateTimeOffset(2001, 6, 1, 0, 0, 0, TimeSpan.Zero));
        Catalog = new SqliteCatalog(Path.Combine(folder.FullName, "catalog.db"), "test", Path.Combine(folder.FullName, "warehouse"), new LocalObjectStore(), Clock);
        Format = new ParquetNetFormat(Catalog.Storage);
        Engine = new DuckDbEngine(new DuckDbEngineOptions { SpillDirectory = folder.FullName });
        Gate = new ReadGate(Catalog, new LocalPolicy(), new SqliteAuditLog(Path.Combine(folder.FullName, "audit.db"), Clock), Clock);
        LineagePath = Path.Combine(folder.FullName, "lineage.ndjson");
        Lineage = new FileLineageSink(LineagePath, Clock);
        Builder = BuilderOver(Format);
        Store = new TrainingSetStore(Catalog, Format, Gate);
        Registry = new SqliteRegistry(Path.Combine(folder.FullName, "registry.db"), Clock);
        Verifier = new TrainingSetVerifier(Catalog, Engine, Gate, Store, Registry);
    }

    public sealed record Departure(string? Origin, long? DepartsAt, long? KnownAt, int? Delay, string? Carrier);

    public FakeTimeProvider Clock { get; }

    public SqliteCatalog Catalog { get; }

    public IDataFileFormat Format { get; }

    public DuckDbEngine Engine { get; }

    public ReadGate Gate { get; }

    public string LineagePath { get; }

    public FileLineageSink Lineage { get; }

    public TrainingSetBuilder Builder { get; }

    public TrainingSetStore Store { get; }

    public SqliteRegistry Registry { get; }

    public TrainingSetVerifier Verifier { get; }

    public static DefinitionSet Declared { get; } = DefinitionReader.ReadText(
        """
        kind: Pipeline
        name: departures
        source: { match: "*.csv" }
        target: { table: flights.departures }
        ---
        kind: Entity
        name: airport
        keys: [{ name: origin, type: string }]
        ---
        kind: FeatureView
        name: origin_delays
        entity: airport
        source: flights.departures
        clocks: { event: departs_at, available: known_at }
        ttl: 30us
        features:
          - { name: delay_sum, aggregate: sum(delay), window: 20us }
          - { name: late_share, aggregate: avg(delay > 2), window: 20us }
          - { name: departures, aggregate: count(*), window: 20us }
          - { name: last_delay, column: delay }
          - { name: last_carrier, column: carrier }
          - { name: max_carrier, aggregate: max(carrier), window: 20us, tags: { note: derived } }
        ---
        kind: FeatureService
        name: delay_model
        features: [origin_delays:*]
        ---
        kind: TrainingSet
        name: delays
        service: delay_model
        spine: SELECT origin, departs_at, delay > 2 AS late, carrier FROM flights.departures WHERE origin IS NOT NULL
        timestamp: departs_at
        label: late
        spine_features: [carrier]
        """,
        "flights.yaml");

    public static TrainingSet Set => Declared.Find<TrainingSet>("delays")!;

    public async Task AppendAsync(IReadOnlyList<Departure> rows)
    {
        var identifier = TableIdentifier.TryParse(Table)!;
        var table = await Catalog.TryLoadTableAsync(identifier, default) ?? await Catalog.CreateTableAsync(
            identifier,
            new TableCreation(
                ArrowSchema.ToIceberg(Columns),
                PartitionSpec.Unpartitioned,
                SortOrder.Unsorted,
                new TableTags(
                    new Dictionary<string, string> { ["owner"] = "ops" },
                    new Dictionary<string, IReadOnlyDictionary<string, string>> { ["delay"] = new Dictionary<string, string> { ["sensitivity"] = "confidential" } }).ToProperties()),
            default);
        var files = await new PartitionedWriter(table, Format).WriteAsync(Batches(rows), "rows", default);
        await table.NewTransaction().Add(new AppendFiles(files)).CommitAsync(default);
    }

    public Task<TrainingSetResult> CreateAsync(bool replace = false) => Builder.CreateAsync(Declared, Set, Reader.Local("dataset"), replace, TestContext.Current.CancellationToken);

    public TrainingSetBuilder BuilderOver(IDataFileFormat format) => new(Catalog, Engine, format, Gate, Lineage, "test", Clock);

    /// <summary>All files of training sets, by path.</summary>
    public string[] Files() => [.. Directory.EnumerateFiles(Path.Combine(folder.FullName, "warehouse", "training"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>All rows as text cells, nulls as null.</summary>
    public static async Task<List<Dictionary<string, object?>>> RowsAsync(IAsyncEnumerable<RecordBatch> batches)
    {
        var rows = new List<Dictionary<string, object?>>();
        await foreach (var batch in batches)
        {
            using (batch)
            {
                for (var i = 0; i < batch.Length; i++)
                {
                    rows.Add(batch.Schema.FieldsList.Select((f, c) => (f.Name, Value: Cell(batch.Column(c), i))).ToDictionary(c => c.Name, c => c.Value));
                }
            }
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Catalog.Dispose();
        Lineage.Dispose();
        folder.Delete(recursive: true);
    }

    private static object? Cell(IArrowArray array, int row) => array.IsNull(row) ? null : array switch
    {
        StringArray a => a.GetString(row),
        Int32Array a => a.GetValue(row),
        Int64Array a => a.GetValue(row),
        DoubleArray a => a.GetValue(row),
        BooleanArray a => a.GetValue(row),
        TimestampArray a => a.Values[row],
        _ => throw new InvalidOperationException(array.GetType().Name),
    };

    private static async IAsyncEnumerable<RecordBatch> Batches(IReadOnlyList<Departure> rows)
    {
        await Task.CompletedTask;
        yield return Batch(rows);
    }

    private static RecordBatch Batch(IReadOnlyList<Departure> rows)
    {
        StringArray.Builder origin = new(), carrier = new();
        Int64Array.Builder departs = new(), known = new();
        var delay = new Int32Array.Builder();
        foreach (var row in rows)
        {
            origin.Append(row.Origin);
            carrier.Append(row.Carrier);
            departs.Append(row.DepartsAt);
            known.Append(row.KnownAt);
            delay.Append(row.Delay);
        }

        return new RecordBatch(Columns, [origin.Build(), AsTimestamp(departs.Build(), 1), AsTimestamp(known.Build(), 2), delay.Build(), carrier.Build()], rows.Count);
    }

    private static TimestampArray AsTimestamp(Int64Array array, int column) =>
        new((TimestampType)Columns.GetFieldByIndex(column).DataType, array.ValueBuffer, array.NullBitmapBuffer, array.Length, array.NullCount, 0);
}
