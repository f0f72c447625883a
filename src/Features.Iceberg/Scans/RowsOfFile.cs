using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Deletes;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Scans;

/// <summary>Which rows of one data file a scan means.</summary>
internal sealed class RowsOfFile
{
    private readonly int projected;
    private readonly RowFilter residual;
    private readonly bool isFiltered;
    private readonly DeletedPositions? positions;
    private readonly FieldPath? position;
    private readonly List<(KeySet Keys, FieldPath[] Paths)> equalities = [];

    private RowsOfFile(FileScanTask task, Schema projection, DeletedPositions? deleted, IReadOnlyList<(KeySet Keys, Schema Key)> keys)
    {
        var filter = BoundFilter.Bind(task.Residual, task.Schema);
        var needed = new ReadColumns(projection);
        var at = new FieldPath([0], [MetadataColumns.Position]);
        FieldPath[][] ofKeys = [.. keys.Select(k => KeyEncoding.LeafIds(k.Key).Select(id => FieldPath.Find(k.Key.Fields, id)!).ToArray())];
        FieldPath[] ofFilter = [.. filter?.Predicates().Select(p => FieldPath.Find(task.Schema.Fields, p.FieldId) ?? FieldPath.Find(MetadataColumns.Comparable, p.FieldId)!) ?? []];
        foreach (var path in ofKeys.SelectMany(p => p).Concat(ofFilter).Concat(deleted is null ? [] : [at]))
        {
            needed.Need(path);
        }

        Columns = needed.Schema;
        projected = projection.Fields.Count;
        residual = new RowFilter(filter, Columns);
        isFiltered = filter is not null;
        positions = deleted;
        position = deleted is null ? null : ReadColumns.PathTo(Columns, at);
        equalities.AddRange(keys.Zip(ofKeys, (k, paths) => (k.Keys, System.Array.ConvertAll(paths, p => ReadColumns.PathTo(Columns, p)))));
    }

    /// <summary>The columns to read: the projection's, then those that are needed besides.</summary>
    public Schema Columns { get; }

    /// <param name="task">The file.</param>
    /// <param name="projection">The columns asked for.</param>
    /// <param name="deletes">Its deletes.</param>
    /// <param name="keysOf">The hash table of equality deletes.</param>
    public static async Task<RowsOfFile> PrepareAsync(FileScanTask task, Schema projection, RowDeletes deletes, Func<EqualityDeletes, Task<KeySet>> keysOf)
    {
        var keys = new List<(KeySet Keys, Schema Key)>();
        foreach (var equality in deletes.Equalities)
        {
            keys.Add((await keysOf(equality).ConfigureAwait(false), equality.Key));
        }

        return new RowsOfFile(task, projection, deletes.Positions, keys);
    }

    /// <summary>The rows meant, with the projection's columns; null for none. Takes the batch over.</summary>
    public RecordBatch? Apply(RecordBatch batch)
    {
        var selection = Select(batch);
        var count = selection.Count;
        if (count == batch.Length && count > 0)
        {
            return Project(batch);
        }

        using (batch)
        {
            return count == 0 ? null : selection.Of(new RecordBatch(SchemaOf(batch), batch.Arrays.Take(projected), batch.Length));
        }
    }

    private RowSelection Select(RecordBatch batch)
    {
        var selection = isFiltered ? residual.Of(batch) : new RowSelection(batch.Length);
        if (positions is not null && position is not null)
        {
            var numbers = (Int64Array)position.Arrays(batch)[^1];
            selection.Remove(row => positions.Contains(numbers.Values[row]));
        }

        foreach (var (keys, paths) in equalities)
        {
            var encoding = KeyEncoding.Of(batch, paths);
            selection.Remove(row => keys.Contains(encoding.At(row)));
        }

        return selection;
    }

    private RecordBatch Project(RecordBatch batch)
    {
        if (batch.ColumnCount == projected)
        {
            return batch;
        }

        for (var i = projected; i < batch.ColumnCount; i++)
        {
            batch.Column(i).Dispose();
        }

        return new RecordBatch(SchemaOf(batch), batch.Arrays.Take(projected), batch.Length);
    }

    private Apache.Arrow.Schema SchemaOf(RecordBatch batch) => batch.ColumnCount == projected ? batch.Schema : new([.. batch.Schema.FieldsList.Take(projected)], batch.Schema.Metadata);
}
