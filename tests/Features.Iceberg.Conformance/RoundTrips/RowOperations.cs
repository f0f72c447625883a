using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Conformance.RoundTrips;

/// <summary>Random changes of rows, and what the model makes of them.</summary>
internal static class RowOperations
{
    public static async Task AppendAsync(RoundTripTable table)
    {
        var (branch, rows) = (table.AnyBranch(), table.NewRows(20));
        if (table.WriteElsewhere is { } write && table.Random.Next(2) == 0)
        {
            table.Log($"append {rows.Count} rows, written elsewhere, to {branch}");
            var files = await write(table.Table, table.Batches(rows));
            var commit = await table.Table.NewTransaction().Add(new AppendFiles(files) { Branch = branch }).CommitAsync(default);
            table.Take(commit.Table, branch, [.. table.Branches[branch], .. rows]);
            return;
        }

        table.Log($"append {rows.Count} rows to {branch}");
        var change = await table.Rows(branch).AppendAsync(table.Batches(rows));
        Assert.Equal(rows.Count, change.RowsInserted);
        table.Take(change.Table, branch, [.. table.Branches[branch], .. rows]);
    }

    public static async Task DeleteAsync(RoundTripTable table)
    {
        var branch = table.AnyBranch();
        var before = table.Branches[branch];
        var filter = ModelFilter.Next(table.Random, table.Table.Metadata.CurrentSchema, before);
        var staying = before.Where(r => filter.Holds(r) != true).ToList();
        table.Log($"delete {before.Count - staying.Count} of {before.Count} rows of {branch} where {filter.Text}");
        var change = await table.Rows(branch).DeleteAsync(filter.Filter);
        Assert.Equal(before.Count - staying.Count, change.RowsDeleted);
        table.Take(change.Table, branch, staying);
    }

    public static async Task OverwriteAsync(RoundTripTable table)
    {
        var (branch, rows) = (table.AnyBranch(), table.NewRows(8));
        var before = table.Branches[branch];
        var filter = ModelFilter.Next(table.Random, table.Table.Metadata.CurrentSchema, before);
        var staying = before.Where(r => filter.Holds(r) != true).ToList();
        table.Log($"overwrite {before.Count - staying.Count} of {before.Count} rows of {branch} by {rows.Count} where {filter.Text}");
        var change = await table.Rows(branch).OverwriteAsync(table.Batches(rows), filter.Filter);
        Assert.Equal((rows.Count, before.Count - staying.Count), (change.RowsInserted, change.RowsDeleted));
        table.Take(change.Table, branch, [.. staying, .. rows]);
    }

    public static async Task OverwritePartitionsAsync(RoundTripTable table)
    {
        var (branch, rows) = (table.AnyBranch(), table.NewRows(8));
        var (schema, spec) = (table.Table.Metadata.CurrentSchema, table.Table.Metadata.DefaultSpec);
        table.Log($"overwrite the partitions of {rows.Count} rows in {branch}");

        // Which spec a row stands under is a fact of its file, which the table alone knows; that the rows are right was checked after the last step.
        var scan = table.Table.NewScan().UseRef(branch) with { Columns = [.. schema.Fields.Select(f => f.Name), MetadataColumns.SpecId.Name] };
        var standing = await RoundTripChecks.ReadAsync(table, scan);
        var partitions = rows.Select(PartitionOf).ToHashSet();
        var isWhole = spec.Fields.All(f => f.Transform.Kind == TransformKind.Void);
        var staying = standing.Where(r => !isWhole && !((int)r[^1]! == spec.SpecId && partitions.Contains(PartitionOf(r)))).Select(r => r[..^1]);
        var change = await table.Rows(branch).OverwritePartitionsAsync(table.Batches(rows));
        Assert.Equal(rows.Count, change.RowsInserted);
        table.Take(change.Table, branch, [.. staying, .. rows]);

        string PartitionOf(object?[] row) => Rows.Text(spec.Fields.Select(f =>
        {
            var column = ModelColumn.All(schema).FirstOrDefault(c => c.Field.Id == f.SourceId);
            return column is null ? null : f.Transform.Apply(column.At(row), (PrimitiveType)column.Field.Type);
        }).ToArray());
    }

    public static async Task UpsertAsync(RoundTripTable table)
    {
        var branch = table.AnyBranch();
        var (schema, before) = (table.Table.Metadata.CurrentSchema, table.Branches[branch]);
        var columns = ModelColumn.Single(schema).Where(c => c.Field.Type is PrimitiveType { Kind: not (PrimitiveKind.Float or PrimitiveKind.Double) }).ToArray();
        if (columns.Length == 0)
        {
            return;
        }

        table.Random.Shuffle(columns);
        var keys = columns[..table.Random.Next(1, Math.Min(3, columns.Length + 1))];
        var rows = Given().Where(r => keys.All(k => k.At(r) is not null)).DistinctBy(KeyOf).ToList();
        var given = rows.Select(KeyOf).ToHashSet();
        var staying = before.Where(r => !given.Contains(KeyOf(r))).ToList();
        var replaced = before.Select(KeyOf).ToHashSet();
        var same = before.Select(r => Rows.Text(r)).ToHashSet();
        var (matched, unchanged) = (rows.Count(r => replaced.Contains(KeyOf(r))), rows.Count(r => same.Contains(Rows.Text(r))));
        table.Log($"upsert {rows.Count} rows ({matched} stand, {unchanged} as they are) into {branch} by {string.Join(", ", keys.Select(k => k.Path))}");
        var change = await table.Rows(branch).UpsertAsync(table.Batches(rows), [.. keys.Select(k => k.Path)]);
        Assert.Equal((matched - unchanged, unchanged, rows.Count - matched), (change.RowsUpdated, change.RowsUnchanged, change.RowsInserted));
        Assert.Equal(before.Count - staying.Count - matched, change.RowsDeleted);
        table.Take(change.Table, branch, [.. staying, .. rows]);

        string KeyOf(object?[] row) => Rows.Text(keys.Select(k => k.At(row)).ToArray());

        // Some new, some as they stand, some that differ beside the key.
        IEnumerable<object?[]> Given()
        {
            foreach (var row in table.NewRows(10))
            {
                var old = before.Count > 0 && table.Random.Next(3) != 0 ? before[table.Random.Next(before.Count)] : row;
                var other = table.Random.Next(schema.Fields.Count);
                yield return table.Random.Next(3) == 0 || keys.Any(k => k.Places![0] == other) ? old : [.. old.Select((v, i) => i == other ? row[i] : v)];
            }
        }
    }
}
