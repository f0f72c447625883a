using Apache.Arrow;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg;

/// <summary>A catalog in a folder of its own, and the verbs that tests repeat.</summary>
internal sealed class Warehouse : IDisposable
{
    private readonly System.Collections.Concurrent.ConcurrentBag<SqliteCatalog> opened = [];

    private readonly Lazy<SqliteCatalog> catalog;

    public Warehouse() => catalog = new Lazy<SqliteCatalog>(OpenAgain);

    public static Schema Flights { get; } = new(
        0,
        [
            new(1, "at", new PrimitiveType(PrimitiveKind.Timestamp), true),
            new(2, "origin", new PrimitiveType(PrimitiveKind.String), false),
            new(3, "delay", new PrimitiveType(PrimitiveKind.Int), false),
        ],
        []);

    public static PartitionSpec ByDay { get; } = new(0, [new(1, 1000, "at_day", new Transform(TransformKind.Day))]);

    public string Folder { get; } = Directory.CreateTempSubdirectory("warehouse-").FullName;

    public LocalObjectStore Storage { get; } = new();

    /// <summary>Opened, and its file made, when it is first asked for.</summary>
    public SqliteCatalog Catalog => catalog.Value;

    public string CatalogFile => Path.Combine(Folder, "catalog.db");

    public SqliteCatalog OpenAgain()
    {
        var catalog = new SqliteCatalog(CatalogFile, "local", Path.Combine(Folder, "warehouse"), Storage, TimeProvider.System);
        opened.Add(catalog);
        return catalog;
    }

    public Task<Table> CreateAsync(string name, Schema schema, PartitionSpec? spec = null, Dictionary<string, string>? properties = null) => Catalog.CreateTableAsync(
        TableIdentifier.TryParse(name)!, new TableCreation(schema, spec ?? PartitionSpec.Unpartitioned, SortOrder.Unsorted, properties ?? []), default);

    public Task<IReadOnlyList<DataFile>> WriteAsync(Table table, IReadOnlyList<object?[]> rows, string prefix = "test") =>
        new PartitionedWriter(table, new ParquetNetFormat(Storage)).WriteAsync(One(Rows.ToBatch(table.Metadata.CurrentSchema, rows)), prefix, default);

    public async Task<Table> AppendAsync(Table table, params IReadOnlyList<object?[]> rows)
    {
        var result = await table.NewTransaction().Add(new AppendFiles(await WriteAsync(table, rows))).CommitAsync(default);
        Assert.True(result.Changed);
        return result.Table;
    }

    public static async Task<List<object?[]>> ReadAsync(TableScan scan)
    {
        var plan = await scan.PlanAsync(default);
        var rows = new List<object?[]>();
        await foreach (var batch in new ScanReader(new ParquetNetFormat(scan.Table.Storage), scan.Table.Storage).ReadAsync(plan, default))
        {
            using (batch)
            {
                rows.AddRange(Rows.Of(batch, plan.Projection));
            }
        }

        return rows;
    }

    public static async Task<List<string>> LinesAsync(TableScan scan) => [.. (await ReadAsync(scan)).Select(Rows.Text)];

    public void Dispose()
    {
        foreach (var catalog in opened)
        {
            catalog.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private static async IAsyncEnumerable<RecordBatch> One(RecordBatch batch)
    {
        yield return batch;
        await Task.CompletedTask;
    }
}
