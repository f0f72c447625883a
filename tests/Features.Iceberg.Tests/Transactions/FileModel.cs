using Features.Iceberg.Catalogs;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Tests.Manifests;

namespace Features.Iceberg.Transactions;

/// <summary>A table partitioned by its integer column <c>k</c>, whose data files are only described, never written; and the files that should be live in it.</summary>
internal sealed class FileModel(Warehouse warehouse)
{
    private int named;

    /// <summary>Column <c>k</c> partitions the table; <c>v</c> has metrics.</summary>
    public static Schema Schema { get; } = new(
        0, [new(1, "k", new PrimitiveType(PrimitiveKind.Int), false), new(2, "v", new PrimitiveType(PrimitiveKind.Int), false)], []);

    public Warehouse Warehouse => warehouse;

    public Task<Table> CreateAsync(string name = "ns.t", PartitionSpec? spec = null, params (string Name, string Value)[] properties) => warehouse.CreateAsync(
        name,
        Schema,
        spec ?? new PartitionSpec(0, [new(1, 1000, "k", Transform.Identity)]),
        new[] { ("commit.retry.min-wait-ms", "1") }.Concat(properties).ToDictionary(p => p.Item1, p => p.Item2));

    /// <summary>A data file of ten rows of one <c>k</c>, whose <c>v</c> lies between the bounds.</summary>
    public DataFile Data(int k, int lowest = 0, int highest = 100, int specId = 0, bool isPartitioned = true) => File(FileContent.Data, k, specId, isPartitioned) with
    {
        RecordCount = 10,
        ValueCounts = Map(10L),
        NullValueCounts = Map(0L),
        LowerBounds = new Dictionary<int, byte[]> { [1] = BitConverter.GetBytes(k), [2] = BitConverter.GetBytes(lowest) },
        UpperBounds = new Dictionary<int, byte[]> { [1] = BitConverter.GetBytes(k), [2] = BitConverter.GetBytes(highest) },
    };

    /// <summary>A position delete file of three rows; of one data file if that is given.</summary>
    public DataFile Positions(int k, DataFile? of = null) => File(FileContent.PositionDeletes, k, 0, true) with { RecordCount = 3, ReferencedDataFile = of?.FilePath };

    /// <summary>An equality delete file of two values of <c>v</c>.</summary>
    public DataFile Equalities(int k) => File(FileContent.EqualityDeletes, k, 0, true) with { RecordCount = 2, EqualityIds = [2] };

    public static async Task<CommitResult> CommitAsync(Table table, params IReadOnlyList<IAction> actions)
    {
        var transaction = table.NewTransaction();
        foreach (var action in actions)
        {
            transaction.Add(action);
        }

        return await transaction.CommitAsync(default);
    }

    /// <summary>The live entries of a branch, by path.</summary>
    public static async Task<SortedDictionary<string, ManifestEntry>> LiveAsync(Table table, string branch = "main")
    {
        var live = new SortedDictionary<string, ManifestEntry>(StringComparer.Ordinal);
        if (table.Metadata.Refs.GetValueOrDefault(branch) is not { } reference)
        {
            return live;
        }

        foreach (var manifest in await ManifestListReader.ReadAsync(table.Storage, table.Metadata.FindSnapshot(reference.SnapshotId)!, default))
        {
            foreach (var entry in (await table.Metadata.ReadAllAsync(table.Storage, manifest)).Where(e => e.Status != ManifestEntryStatus.Deleted))
            {
                live.Add(entry.File.FilePath, entry);
            }
        }

        return live;
    }

    /// <summary>The Avro files in the table's folder that no snapshot refers to.</summary>
    public static async Task<IReadOnlyList<string>> OrphansAsync(Table table)
    {
        var known = new HashSet<string>();
        foreach (var snapshot in table.Metadata.Snapshots)
        {
            known.Add(snapshot.ManifestList!);
            known.UnionWith((await ManifestListReader.ReadAsync(table.Storage, snapshot, default)).Select(m => m.ManifestPath));
        }

        return [.. Directory.GetFiles(Path.Combine(table.Metadata.Location, "metadata"), "*.avro").Where(f => !known.Contains(f))];
    }

    public async Task<Table> CurrentAsync(string name = "ns.t") => (await warehouse.Catalog.TryLoadTableAsync(TableIdentifier.TryParse(name)!, default))!;

    private static Dictionary<int, long> Map(long count) => new() { [1] = count, [2] = count };

    private DataFile File(FileContent content, int k, int specId, bool isPartitioned) => new()
    {
        Content = content,
        FilePath = $"{warehouse.Folder}/{content}-{Interlocked.Increment(ref named):D4}.parquet",
        FileFormat = "PARQUET",
        SpecId = specId,
        Partition = isPartitioned ? [k] : [],
        RecordCount = 0,
        FileSizeInBytes = 100 + named,
    };
}
