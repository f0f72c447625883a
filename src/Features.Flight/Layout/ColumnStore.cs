using Apache.Arrow;
using Apache.Arrow.Memory;

namespace Features.Flight.Layout;

/// <summary>
/// A data set's rows in memory: columns cut into segments. Filled once by <see cref="ColumnStoreBuilder"/>, then only read, by any
/// number of readers.
/// </summary>
internal sealed class ColumnStore : IDisposable
{
    /// <summary>Rows of a segment; the last of a part has those that are left. As many as the engine's batches have, so that each is laid out while it is in the processor's cache.</summary>
    public const int SegmentRows = 1 << 14;

    private readonly ChunkedColumn[] columns;
    private readonly long[] columnBytes;
    private readonly IReadOnlyList<ColumnSegment> segments;
    private readonly SegmentDirectory directory;
    private IReadOnlyList<MemoryArena> arenas;

    /// <summary>A store over segments, whose memory it takes over.</summary>
    public ColumnStore(Schema schema, IReadOnlyList<ColumnSegment> segments, IReadOnlyList<MemoryArena> arenas)
    {
        (Schema, this.segments, this.arenas) = (schema, segments, arenas);
        directory = new SegmentDirectory([.. segments.Select(segment => segment.Rows)]);
        columns = [.. schema.FieldsList.Select((field, i) => ChunkedColumn.Over(field.DataType, [.. segments.Select(segment => segment.Columns[i])]))];
        // Here, so that no reader waits for it.
        foreach (var column in columns)
        {
            column.Measure();
        }

        columnBytes = [.. schema.FieldsList.Select((_, i) => segments.Sum(segment => ArrowBytes.Of(segment.Columns[i])))];
    }

    public Schema Schema { get; }

    public long Rows => directory.Rows;

    /// <summary>
    /// The rows of stores one behind another, as one store. It takes over their memory, and they are disposed; nothing is copied.
    /// </summary>
    /// <param name="parts">One store or more of one schema, in the rows' order.</param>
    public static ColumnStore Join(IReadOnlyList<ColumnStore> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        var joined = new ColumnStore(parts[0].Schema, [.. parts.SelectMany(part => part.segments)], [.. parts.SelectMany(part => part.arenas)]);
        foreach (var part in parts)
        {
            part.arenas = [];
            part.Dispose();
        }

        return joined;
    }

    /// <summary>The same rows in other memory, as a store of its own. The caller disposes it.</summary>
    public ColumnStore CopyTo(MemoryAllocator target)
    {
        var arena = new MemoryArena(target);
        try
        {
            return new ColumnStore(Schema, [.. segments.Select(segment => new ColumnSegment(segment.Rows, [.. segment.Columns.Select(column => Copy(column, arena))]))], [arena]);
        }
        catch
        {
            arena.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of all rows of some columns, as Arrow buffers.</summary>
    public long BytesOf(IEnumerable<int> ordinals) => ordinals.Sum(ordinal => columnBytes[ordinal]);

    public ChunkedColumn Column(int ordinal) => columns[ordinal];

    /// <summary>Turns samples, rows in [0, <see cref="Rows"/>), into their addresses, which all columns share.</summary>
    public void Locate(Span<long> samples) => directory.Locate(samples);

    /// <summary>Where a row stands, and how many rows from there on stand behind one another.</summary>
    public (long Address, int Rows) RunFrom(long row) => (directory.Find(row), directory.RunFrom(row));

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

        arenas = [];
    }

    private static ArrayData Copy(ArrayData data, MemoryArena arena) => new(
        data.DataType, data.Length, data.NullCount, data.Offset, [.. data.Buffers.Select(buffer => Copy(buffer, arena))], [.. (data.Children ?? []).Select(child => Copy(child, arena))]);

    private static ArrowBuffer Copy(ArrowBuffer buffer, MemoryArena arena)
    {
        var memory = arena.Rent(buffer.Length);
        buffer.Span.CopyTo(memory.Span);
        return new ArrowBuffer(memory);
    }
}
