using Apache.Arrow;
using Apache.Arrow.Memory;

namespace Features.Flight.Layout;

/// <summary>
/// Takes a source's batches in row order and lays them out as a <see cref="ColumnStore"/>: values are copied in runs, as large as the
/// batches are. Parts that are loaded at the same time have a builder each and are put together by <see cref="ColumnStore.Join"/>.
/// </summary>
internal sealed class ColumnStoreBuilder(Schema schema, MemoryAllocator allocator) : IDisposable
{
    private readonly List<RecordBatch> pending = [];
    private readonly List<MemoryArena> arenas = [];
    private readonly List<ColumnSegment> segments = [];
    private readonly BatchBody body = new();
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
        SourceColumns.Check(schema, batch);
        pendingRows = checked(pendingRows + batch.Length);
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
        var store = new ColumnStore(schema, [.. segments], [.. arenas]);
        arenas.Clear();
        return store;
    }

    public void Dispose()
    {
        pending.ForEach(batch => batch.Dispose());
        arenas.ForEach(arena => arena.Dispose());
        pending.Clear();
        arenas.Clear();
        body.Dispose();
    }

    // Rows [consumed, consumed + rows) of the pending batches become one segment.
    private long Cut(int rows)
    {
        var arena = new MemoryArena(allocator);
        arenas.Add(arena);
        segments.Add(new ColumnSegment(rows, [.. schema.FieldsList.Select((field, ordinal) => Lay(field, ordinal, rows, arena))]));

        var left = consumed + rows;
        while (pending.Count > 0 && left >= pending[0].Length)
        {
            left -= pending[0].Length;
            pending[0].Dispose();
            pending.RemoveAt(0);
        }

        (consumed, pendingRows) = (left, pendingRows - rows);
        return arena.Bytes;
    }

    private ArrayData Lay(Field field, int ordinal, int rows, MemoryArena arena)
    {
        try
        {
            using var column = ChunkedColumn.Over(field.DataType, [.. pending.Select(batch => batch.Column(ordinal).Data)]);
            body.Reset();
            column.Lay(Runs(rows), body);
            return new BatchArrays(body, arena).Next(field.DataType);
        }
        catch (NotSupportedException cause)
        {
            throw new NotSupportedException($"column '{field.Name}': {cause.Message}", cause);
        }
        catch (OverflowException cause)
        {
            throw new NotSupportedException($"column '{field.Name}' holds more than 2 GiB in {rows} rows; leave it out of the data set or store its values by reference", cause);
        }
    }

    private unsafe RowSet Runs(int rows)
    {
        var addresses = (long*)body.Scratch.Rent((long)pending.Count * sizeof(long));
        var counts = (int*)body.Scratch.Rent((long)pending.Count * sizeof(int));
        var (runs, first, left) = (0, consumed, rows);
        for (; left > 0; runs++, first = 0)
        {
            addresses[runs] = RowAddress.Of(runs, first);
            counts[runs] = Math.Min(left, pending[runs].Length - first);
            left -= counts[runs];
        }

        return new RowSet(addresses, counts, runs, rows);
    }
}
