using Apache.Arrow;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.RowChanges;

/// <summary>A table and, beside it, the rows that it must have: a list in memory, changed by the plainest code that can be.</summary>
internal sealed class ModelTable(Table table, IDataFileFormat format, Random random)
{
    public static Schema Columns { get; } = new(
        0,
        [
            new(1, "id", new PrimitiveType(PrimitiveKind.Int), true),
            new(2, "name", new PrimitiveType(PrimitiveKind.String), false),
            new(3, "at", new PrimitiveType(PrimitiveKind.Timestamp), false),
            new(4, "x", new PrimitiveType(PrimitiveKind.Double), false),
            new(5, "tags", new ListType(6, new PrimitiveType(PrimitiveKind.String), false), false),
        ],
        [1]);

    public static PartitionSpec[] Specs { get; } =
    [
        PartitionSpec.Unpartitioned,
        new(0, [new(1, 1000, "id_bucket", new Transform(TransformKind.Bucket, 3))]),
        new(0, [new(2, 1000, "name", Transform.Identity)]),
        new(0, [new(3, 1000, "at_day", new Transform(TransformKind.Day)), new(1, 1001, "id_bucket", new Transform(TransformKind.Bucket, 2))]),
    ];

    public Table Table { get; private set; } = table;

    public List<object?[]> Expected { get; private set; } = [];

    /// <summary>What each snapshot of the main branch must read as.</summary>
    public Dictionary<long, List<string>> History { get; } = [];

    public static async Task<ModelTable> CreateAsync(Warehouse warehouse, string name, int spec, bool mergesOnRead, bool isSorted, int seed)
    {
        var mode = mergesOnRead ? "merge-on-read" : "copy-on-write";
        var properties = new Dictionary<string, string> { ["write.delete.mode"] = mode, ["write.merge.mode"] = mode };
        var order = isSorted ? new SortOrder(1, [new(2, Transform.Identity, true, false), new(1, Transform.Identity, false, true)]) : SortOrder.Unsorted;
        var table = await warehouse.Catalog.CreateTableAsync(TableIdentifier.TryParse(name)!, new TableCreation(Columns, Specs[spec], order, properties), default);
        return new ModelTable(table, new ParquetNetFormat(warehouse.Storage), new Random(seed));
    }

    public object?[] NewRow(int? id = null) =>
    [
        id ?? random.Next(30),
        random.Next(5) is 0 and var none ? null : $"n{random.Next(4)}",
        random.Next(6) == 0 ? null : random.NextInt64(0, 4) * 43_200_000_000,
        random.Next(6) switch { 0 => null, 1 => double.NaN, _ => (double)random.Next(5) },
        random.Next(3) == 0 ? null : Enumerable.Range(0, random.Next(3)).Select(i => (object?)(random.Next(4) == 0 ? null : $"t{i}")).ToList(),
    ];

    public List<object?[]> NewRows(int most) => [.. Enumerable.Range(0, random.Next(1, most)).Select(_ => NewRow())];

    /// <summary>A filter, and the same as plain code: true, false or unknown.</summary>
    public (Filter Filter, Func<object?[], bool?> Holds) NewFilter(int depth = 2)
    {
        switch (depth == 0 ? random.Next(4) : random.Next(7))
        {
            case 0:
                var id = random.Next(30);
                return random.Next(2) == 0
                    ? (Filter.Compare("id", Comparison.Less, id), r => (int)r[0]! < id)
                    : (Filter.Compare("id", Comparison.In, id, id + 3), r => (int)r[0]! == id || (int)r[0]! == id + 3);
            case 1:
                var name = $"n{random.Next(4)}";
                return (Filter.Compare("name", Comparison.Equal, name), r => r[1] is string s ? s == name : null);
            case 2:
                var at = random.NextInt64(0, 4) * 43_200_000_000;
                return random.Next(3) == 0
                    ? (Filter.Compare("at", Comparison.IsNull), r => r[2] is null)
                    : (Filter.Compare("at", Comparison.GreaterOrEqual, at), r => r[2] is long l ? l >= at : null);
            case 3:
                return random.Next(2) == 0
                    ? (Filter.Compare("x", Comparison.IsNan), r => r[3] is double d ? double.IsNaN(d) : null)
                    : (Filter.Compare("x", Comparison.LessOrEqual, 2.0), r => r[3] is double d ? !double.IsNaN(d) && d <= 2 : null);
            case 4:
                var ((a, ha), (b, hb)) = (NewFilter(depth - 1), NewFilter(depth - 1));
                return (a.And(b), r => (ha(r), hb(r)) switch { (false, _) or (_, false) => false, (true, true) => true, _ => null });
            case 5:
                var ((c, hc), (d2, hd)) = (NewFilter(depth - 1), NewFilter(depth - 1));
                return (c.Or(d2), r => (hc(r), hd(r)) switch { (true, _) or (_, true) => true, (false, false) => false, _ => null });
            default:
                var (inner, holds) = NewFilter(depth - 1);
                return (inner.Not(), r => !holds(r));
        }
    }

    public TableRows Rows => Table.Rows(format);

    public async Task AppendAsync()
    {
        var rows = NewRows(12);
        Take(await Rows.AppendAsync(Batches(rows)), [.. Expected, .. rows], inserted: rows.Count);
    }

    public async Task DeleteAsync()
    {
        var (filter, holds) = NewFilter();
        var staying = Expected.Where(r => holds(r) != true).ToList();
        Take(await Rows.DeleteAsync(filter), staying, inserted: 0, deleted: Expected.Count - staying.Count);
    }

    public async Task OverwriteAsync()
    {
        var ((filter, holds), rows) = (NewFilter(), NewRows(6));
        var staying = Expected.Where(r => holds(r) != true).ToList();
        Take(await Rows.OverwriteAsync(Batches(rows), filter), [.. staying, .. rows], inserted: rows.Count, deleted: Expected.Count - staying.Count);
    }

    public async Task OverwritePartitionsAsync()
    {
        var rows = NewRows(6);
        var spec = Table.Metadata.DefaultSpec;
        var partitions = rows.Select(r => PartitionOf(spec, r)).ToHashSet();
        Take(await Rows.OverwritePartitionsAsync(Batches(rows)), [.. Expected.Where(r => !partitions.Contains(PartitionOf(spec, r))), .. rows], inserted: rows.Count, deleted: null);
    }

    public async Task UpsertAsync()
    {
        var rows = NewRows(12).DistinctBy(r => r[0]).ToList();
        // Some rows are given as they stand already.
        rows = [.. rows.Select(r => random.Next(3) == 0 && Expected.FirstOrDefault(e => Equals(e[0], r[0])) is { } same ? same : r)];
        var given = rows.ToDictionary(r => r[0]!);
        var staying = Expected.Where(r => !given.ContainsKey(r[0]!)).ToList();
        var (matched, unchanged) = (rows.Count(r => Expected.Any(e => Equals(e[0], r[0]))), rows.Count(r => Expected.Any(e => Iceberg.Conformance.Rows.Text(e) == Iceberg.Conformance.Rows.Text(r))));
        var change = await Rows.UpsertAsync(Batches(rows));
        Assert.Equal((matched - unchanged, unchanged, rows.Count - matched), (change.RowsUpdated, change.RowsUnchanged, change.RowsInserted));
        Take(change, [.. staying, .. rows], inserted: rows.Count - matched, deleted: Expected.Count - staying.Count - matched);
    }

    /// <summary>Goes on from a table that another operation made; its rows must be the same.</summary>
    public void Continue(Table next)
    {
        Table = next;
        Remember();
    }

    public async Task CheckAsync()
    {
        Assert.Equal(Lines(Expected), (await Warehouse.LinesAsync(Table.NewScan())).Order(StringComparer.Ordinal));
        var files = new List<string>();
        await foreach (var file in SnapshotFiles.ReadAsync(Table, Table.Metadata.CurrentSnapshot, default))
        {
            files.Add(file.FilePath);
        }

        Assert.Equal(files.Distinct().Count(), files.Count);
        Assert.All(files, f => Assert.True(File.Exists(f), f));
    }

    public async Task CheckHistoryAsync()
    {
        foreach (var snapshot in Table.Metadata.Snapshots)
        {
            Assert.Equal(History[snapshot.SnapshotId], (await Warehouse.LinesAsync(Table.NewScan() with { SnapshotId = snapshot.SnapshotId })).Order(StringComparer.Ordinal));
        }
    }

    public static List<string> Lines(IEnumerable<object?[]> rows) => [.. rows.Select(r => Iceberg.Conformance.Rows.Text(r)).Order(StringComparer.Ordinal)];

    public async IAsyncEnumerable<RecordBatch> Batches(IReadOnlyList<object?[]> rows)
    {
        foreach (var batch in rows.Chunk(random.Next(1, 8)))
        {
            await Task.Yield();
            yield return Iceberg.Conformance.Rows.ToBatch(Columns, batch);
        }
    }

    private void Take(RowChange change, List<object?[]> expected, long inserted, long? deleted = 0)
    {
        Assert.Equal(inserted, change.RowsInserted);
        Assert.Equal(deleted, change.RowsDeleted);
        (Table, Expected) = (change.Table, expected);
        Remember();
    }

    private void Remember()
    {
        foreach (var snapshot in Table.Metadata.Snapshots)
        {
            History.TryAdd(snapshot.SnapshotId, Lines(Expected));
        }
    }

    private static string PartitionOf(PartitionSpec spec, object?[] row) => Iceberg.Conformance.Rows.Text(
        spec.Fields.Select(f => f.Transform.Apply(row[f.SourceId - 1], (PrimitiveType)Columns.Fields[f.SourceId - 1].Type)).ToArray());
}
