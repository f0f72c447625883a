using System.Buffers;
using Apache.Arrow;
using Apache.Arrow.Memory;

namespace Features.Flight.Layout;

/// <summary>
/// A data set's rows in memory: columns cut into segments of <see cref="SegmentRows"/> rows, so that a row's place is a shift and a
/// mask away. Filled once by <see cref="ColumnStoreBuilder"/>, then only read, by any number of readers.
/// </summary>
internal sealed class ColumnStore : IDisposable
{
    /// <summary>Rows of each segment but the last.</summary>
    public const int SegmentRows = 1 << SegmentBits;

    private const int SegmentBits = 16;
    private readonly ChunkedColumn[] columns;
    private readonly IReadOnlyList<MemoryArena> arenas;

    private readonly long[] columnBytes;

    public ColumnStore(Schema schema, long rows, IReadOnlyList<IReadOnlyList<ArrayData>> segments, IReadOnlyList<MemoryArena> arenas)
    {
        (Schema, Rows, this.arenas) = (schema, rows, arenas);
        columns = [.. schema.FieldsList.Select((field, i) => ChunkedColumn.Over(field.DataType, segments[i]))];
        columnBytes = [.. segments.Select(column => column.Sum(ArrowBytes.Of))];
    }

    public Schema Schema { get; }

    public long Rows { get; }

    /// <summary>Bytes of all rows of some columns, as Arrow buffers.</summary>
    public long BytesOf(IEnumerable<int> ordinals) => ordinals.Sum(ordinal => columnBytes[ordinal]);

    /// <summary>
    /// The rows of <paramref name="samples"/>, in that order. The batch's memory is the arena's: it ends when that is reset or disposed.
    /// </summary>
    /// <param name="projection">The schema of the batch.</param>
    /// <param name="ordinals">The columns of the projection, as ordinals of <see cref="Schema"/>.</param>
    /// <param name="samples">Rows in [0, <see cref="Rows"/>).</param>
    /// <param name="arena">Where the batch is laid.</param>
    public RecordBatch Gather(Schema projection, ReadOnlySpan<int> ordinals, ReadOnlySpan<long> samples, MemoryArena arena)
    {
        var rented = ArrayPool<long>.Shared.Rent(samples.Length);
        try
        {
            var addresses = rented.AsSpan(0, samples.Length);
            for (var i = 0; i < samples.Length; i++)
            {
                addresses[i] = RowAddress.Of((int)(samples[i] >> SegmentBits), (int)(samples[i] & (SegmentRows - 1)));
            }

            var arrays = new IArrowArray[ordinals.Length];
            for (var i = 0; i < arrays.Length; i++)
            {
                arrays[i] = ArrowArrayFactory.BuildArray(columns[ordinals[i]].Gather(addresses, arena));
            }

            return new RecordBatch(projection, arrays, samples.Length);
        }
        finally
        {
            ArrayPool<long>.Shared.Return(rented);
        }
    }

    public void Dispose()
    {
        foreach (var column in columns)
        {
            column.Dispose();
        }

        foreach (var arena in arenas)
        {
            arena.Dispose();
        }
    }
}
