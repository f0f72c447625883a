using Apache.Arrow;
using Apache.Arrow.Memory;

namespace Features.Flight.Layout;

/// <summary>Takes a source's batches in row order and lays them out as a <see cref="ColumnStore"/>.</summary>
internal sealed class ColumnStoreBuilder(Schema schema, MemoryAllocator allocator) : IDisposable
{
    private readonly List<RecordBatch> pending = [];
    private readonly List<MemoryArena> arenas = [];
    private readonly List<ArrayData>[] segments = [.. schema.FieldsList.Select(_ => new List<ArrayData>())];
    private int pendingRows;
    private int consumed;

    /// <summary>Rows taken so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Takes a batch and disposes it once its rows are laid out.</summary>
    /// <returns>Bytes by which the store has grown.</returns>
    /// <exception cref="InvalidDataException">The batch has other columns than the schema.</exception>
    public long Add(RecordBatch batch)
    {
        pending.Add(batch);
        CheckColumns(batch);
        pendingRows += batch.Length;
        Rows += batch.Length;
        var grown = 0L;
        while (pendingRows >= ColumnStore.SegmentRows)
        {
            grown += Cut(ColumnStore.SegmentRows);
        }

        return grown;
    }

    /// <summary>Lays out what is left.</summary>
    /// <returns>Bytes by which the store has grown.</returns>
    public long Complete() => pendingRows > 0 ? Cut(pendingRows) : 0;

    /// <summary>The store, which takes over the memory; after <see cref="Complete"/>.</summary>
    public ColumnStore Build()
    {
        var store = new ColumnStore(schema, Rows, segments, [.. arenas]);
        arenas.Clear();
        return store;
    }

    public void Dispose()
    {
        pending.ForEach(batch => batch.Dispose());
        arenas.ForEach(arena => arena.Dispose());
        pending.Clear();
        arenas.Clear();
    }

    // Rows [consumed, consumed + rows) of the pending batches become one segment.
    private long Cut(int rows)
    {
        var addresses = new long[rows];
        var (batch, row) = (0, consumed);
        for (var i = 0; i < rows; i++, row++)
        {
            while (row >= pending[batch].Length)
            {
                (batch, row) = (batch + 1, 0);
            }

            addresses[i] = RowAddress.Of(batch, row);
        }

        var arena = new MemoryArena(allocator);
        arenas.Add(arena);
        for (var i = 0; i < segments.Length; i++)
        {
            segments[i].Add(Gather(i, addresses, arena));
        }

        pending.Take(batch).ToList().ForEach(done => done.Dispose());
        pending.RemoveRange(0, batch);
        (consumed, pendingRows) = (row, pendingRows - rows);
        return arena.Bytes;
    }

    private ArrayData Gather(int ordinal, long[] addresses, MemoryArena arena)
    {
        var field = schema.GetFieldByIndex(ordinal);
        try
        {
            using var column = ChunkedColumn.Over(field.DataType, [.. pending.Select(batch => batch.Column(ordinal).Data)]);
            return column.Gather(addresses, arena);
        }
        catch (NotSupportedException cause)
        {
            throw new NotSupportedException($"column '{field.Name}': {cause.Message}", cause);
        }
        catch (OverflowException cause)
        {
            throw new NotSupportedException($"column '{field.Name}' holds more than 2 GiB in {addresses.Length} rows; leave it out of the data set or store its values by reference", cause);
        }
    }

    private void CheckColumns(RecordBatch batch)
    {
        var expected = schema.FieldsList.Select(field => $"{field.Name} {field.DataType.TypeId}");
        var actual = batch.Schema.FieldsList.Select(field => $"{field.Name} {field.DataType.TypeId}");
        if (!expected.SequenceEqual(actual))
        {
            throw new InvalidDataException($"the source gave the columns ({string.Join(", ", actual)}) where its plan has ({string.Join(", ", expected)})");
        }
    }
}
