using Apache.Arrow;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Features.Iceberg.Transactions;
using Schema = Features.Iceberg.Spec.Schema;
using Table = Features.Iceberg.Table;

namespace Features.DuckDb.Tests.Scans;

/// <summary>Tables in a folder of its own, written by the library without the engine.</summary>
internal sealed class SmallWarehouse : IDisposable
{
    private readonly SqliteCatalog catalog;

    internal SmallWarehouse() => catalog = new SqliteCatalog(Path.Combine(Folder, "catalog.db"), "local", Path.Combine(Folder, "warehouse"), Storage, TimeProvider.System);

    internal string Folder { get; } = Directory.CreateTempSubdirectory("duckdb-warehouse-").FullName;

    internal LocalObjectStore Storage { get; } = new();

    internal Task<Table> CreateAsync(string name, Schema schema, PartitionSpec? spec = null, SortOrder? order = null, Dictionary<string, string>? properties = null) => catalog.CreateTableAsync(
        TableIdentifier.TryParse(name)!, new TableCreation(schema, spec ?? PartitionSpec.Unpartitioned, order ?? SortOrder.Unsorted, properties ?? []), default);

    /// <summary>Appends the rows as one file a partition.</summary>
    internal async Task<Table> AppendAsync(Table table, IReadOnlyList<object?[]> rows)
    {
        var files = await new PartitionedWriter(table, new ParquetNetFormat(Storage)).WriteAsync(One(Rows.ToBatch(table.Metadata.CurrentSchema, rows)), "test", default);
        return (await table.NewTransaction().Add(new AppendFiles(files)).CommitAsync(default)).Table;
    }

    internal static async IAsyncEnumerable<RecordBatch> One(RecordBatch batch)
    {
        await Task.CompletedTask;
        yield return batch;
    }

    public void Dispose()
    {
        catalog.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
