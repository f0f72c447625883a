using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.PointInTime;
using Features.DuckDb;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;
using Microsoft.Extensions.Time.Testing;
using ArrowSchemaType = Apache.Arrow.Schema;

namespace Features.Core.Tests.PointInTime;

/// <summary>Tables in a temporary folder, and joins over them by the real engine.</summary>
public sealed class JoinWorkspace : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("join-");
    private readonly SqliteCatalog catalog;
    private int tables;

    public JoinWorkspace()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2001, 6, 1, 0, 0, 0, TimeSpan.Zero));
        catalog = new SqliteCatalog(System.IO.Path.Combine(folder.FullName, "catalog.db"), "test", System.IO.Path.Combine(folder.FullName, "warehouse"), new LocalObjectStore(), clock);
        Engine = new DuckDbEngine(new DuckDbEngineOptions { SpillDirectory = folder.FullName });
        Join = new HistoricalJoin(Engine, new ReadGate(catalog, new LocalPolicy(), new SqliteAuditLog(System.IO.Path.Combine(folder.FullName, "audit.db"), clock), clock));
    }

    public DuckDbEngine Engine { get; }

    public HistoricalJoin Join { get; }

    public string Path(string name) => System.IO.Path.Combine(folder.FullName, name);

    public string SpillFolder => Path("spill");

    /// <summary>Makes a table of these rows and returns its name; more batches are more files, each in a commit of its own.</summary>
    public async Task<string> AddTableAsync(params RecordBatch[] batches)
    {
        var identifier = new TableIdentifier("t", $"rows_{Interlocked.Increment(ref tables)}");
        await catalog.CreateTableAsync(identifier, new TableCreation(ArrowSchema.ToIceberg(batches[0].Schema), PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string>()), default);
        foreach (var batch in batches)
        {
            await AppendAsync(identifier.ToString(), batch);
        }

        return identifier.ToString();
    }

    public async Task<long> AppendAsync(string name, RecordBatch batch)
    {
        var table = (await catalog.TryLoadTableAsync(TableIdentifier.TryParse(name)!, default))!;
        var files = await new PartitionedWriter(table, new ParquetNetFormat(catalog.Storage)).WriteAsync(One(batch), "rows", default);
        await table.NewTransaction().Add(new AppendFiles(files)).CommitAsync(default);
        return (await catalog.TryLoadTableAsync(TableIdentifier.TryParse(name)!, default))!.Metadata.CurrentSnapshotId!.Value;
    }

    /// <summary>The data files of a table.</summary>
    public string[] Files(string name) => Directory.GetFiles(System.IO.Path.Combine(folder.FullName, "warehouse"), "*.parquet", SearchOption.AllDirectories).Where(p => p.Contains($"/{name.Split('.')[1]}/", StringComparison.Ordinal)).ToArray();

    /// <summary>The joined rows, each as its cells by column.</summary>
    public async Task<List<Dictionary<string, object?>>> RowsAsync(DefinitionSet definitions, IReadOnlyList<string> features, Spine spine, Func<JoinRequest, JoinRequest>? change = null)
    {
        var request = new JoinRequest(definitions, features, spine, Reader.Local("historical")) { Options = new JoinOptions { SpillDirectory = SpillFolder } };
        await using var joined = await Join.JoinAsync(change?.Invoke(request) ?? request, TestContext.Current.CancellationToken);
        return await RowsAsync(joined.ReadAsync(TestContext.Current.CancellationToken));
    }

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

    public static BatchSpine Spine(RecordBatch batch, string timestamp = "at") => new(batch.Schema, One(batch), timestamp);

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        catalog.Dispose();
        folder.Delete(recursive: true);
    }

    internal static async IAsyncEnumerable<RecordBatch> One(RecordBatch batch)
    {
        await Task.CompletedTask;
        yield return batch;
    }

    private static object? Cell(IArrowArray array, int row) => array.IsNull(row) ? null : array switch
    {
        StringArray a => a.GetString(row),
        Int32Array a => a.GetValue(row),
        Int64Array a => a.GetValue(row),
        FloatArray a => a.GetValue(row),
        DoubleArray a => a.GetValue(row),
        BooleanArray a => a.GetValue(row),
        TimestampArray a => a.Values[row],
        Date32Array a => a.Values[row],
        Decimal128Array a => a.GetValue(row),
        BinaryArray a => Convert.ToHexStringLower(a.GetBytes(row)),
        ListArray a => string.Join(",", Enumerable.Range(0, a.GetValueLength(row)).Select(i => Cell(a.Values, a.ValueOffsets[row] + i))),
        StructArray a => string.Join(",", a.Fields.Select(f => Cell(f, row))),
        _ => throw new InvalidOperationException(array.GetType().Name),
    };
}
