using System.Globalization;
using Apache.Arrow;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Manifests;
using Features.Iceberg.RowChanges;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Conformance.RoundTrips;

/// <summary>A table that random operations change and, beside it, the rows that each of its branches and snapshots must have.</summary>
internal sealed class RoundTripTable(Table table, IDataFileFormat format, Random random, List<string> log)
{
    private readonly Dictionary<string, List<object?[]>> branches = new() { [SnapshotRef.Main] = [] };
    private readonly Dictionary<long, (Schema Schema, List<object?[]> Rows)> history = [];
    private Schema schema = table.Metadata.CurrentSchema;

    public Table Table { get; private set; } = table;

    public IDataFileFormat Format { get; } = format;

    public Random Random { get; } = random;

    /// <summary>Another way to write rows into data files that no snapshot names yet; null for none.</summary>
    public Func<Table, IAsyncEnumerable<RecordBatch>, Task<IReadOnlyList<DataFile>>>? WriteElsewhere { get; init; }

    /// <summary>The branches and their rows, by the current schema.</summary>
    public IReadOnlyDictionary<string, List<object?[]>> Branches => branches;

    /// <summary>Makes the table, as random as what follows.</summary>
    public static async Task<Table> CreateAsync(ICatalog catalog, TableIdentifier name, Random random, List<string> log)
    {
        var schemas = new RandomSchemas(random);
        var schema = schemas.Schema();
        var columns = ModelColumn.Single(schema);
        var spec = columns.Where(_ => random.Next(3) == 0).Take(2).Select((c, i) => new PartitionField(c.Field.Id, 1000 + i, $"p {i}", schemas.Transform((PrimitiveType)c.Field.Type))).ToArray();
        var order = columns.Where(_ => random.Next(4) == 0).Take(2).Select(c => new SortField(c.Field.Id, Transform.Identity, random.Next(2) == 0, random.Next(2) == 0)).ToArray();
        var properties = TableSettings.Next(random, schema);
        var table = await catalog.CreateTableAsync(name, new TableCreation(schema, new PartitionSpec(0, spec), order.Length == 0 ? SortOrder.Unsorted : new SortOrder(1, order), properties), default);
        log.Add($"create {SchemaJson.ToJson(table.Metadata.CurrentSchema)}");
        log.Add($"  by {Text(table.Metadata.DefaultSpec)} sorted by {string.Join(", ", order.Select(f => f.SourceId))} with {string.Join(", ", properties.Select(p => $"{p.Key}={p.Value}"))}");
        return table;
    }

    public void Log(string line) => log.Add(line);

    /// <summary>The rows that a snapshot must have by a schema.</summary>
    public List<object?[]> RowsOf(long snapshot, Schema by) => ModelRows.Convert(history[snapshot].Rows, history[snapshot].Schema, by);

    /// <summary>Which snapshot it is, counted from the first that was made.</summary>
    public int PlaceOf(long snapshot) => history.Keys.ToList().IndexOf(snapshot);

    public string AnyBranch() => branches.Keys.ElementAt(Random.Next(branches.Count));

    public TableRows Rows(string branch) => new(Table, Format) { Branch = branch };

    public List<object?[]> NewRows(int most) =>
        [.. Enumerable.Range(0, Random.Next(1, most)).Select(_ => schema.Fields.Select(f => AnyTable.Value(Random, f.Type, f.Required)).ToArray())];

    public async IAsyncEnumerable<RecordBatch> Batches(IReadOnlyList<object?[]> rows)
    {
        foreach (var batch in rows.Chunk(Random.Next(1, 12)))
        {
            await Task.Yield();
            yield return Conformance.Rows.ToBatch(schema, batch);
        }
    }

    /// <summary>Goes on from a table whose branch has these rows now.</summary>
    public void Take(Table next, string branch, List<object?[]> rows)
    {
        if (next.Metadata.Refs.ContainsKey(branch))
        {
            branches[branch] = rows;
        }

        Follow(next);
        foreach (var snapshot in next.Metadata.Snapshots)
        {
            history.TryAdd(snapshot.SnapshotId, (schema, rows));
        }
    }

    /// <summary>Goes on from a table whose rows are the same.</summary>
    public void Follow(Table next)
    {
        Table = next;
        foreach (var gone in branches.Keys.Where(b => b != SnapshotRef.Main && !next.Metadata.Refs.ContainsKey(b)).ToList())
        {
            branches.Remove(gone);
        }

        foreach (var branch in branches.Keys.ToList())
        {
            branches[branch] = ModelRows.Convert(branches[branch], schema, next.Metadata.CurrentSchema);
        }

        schema = next.Metadata.CurrentSchema;
    }

    public async Task CommitAsync(IAction action) => Follow((await Table.NewTransaction().Add(action).CommitAsync(default)).Table);

    public static string Text(PartitionSpec spec) =>
        $"[{string.Join(", ", spec.Fields.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name}: {f.Transform}({f.SourceId})")))}]";
}
