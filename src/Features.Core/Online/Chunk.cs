namespace Features.Core.Online;

/// <summary>
/// Rows of one key that are put together: what windows that hold all of them need. The rows themselves lie in an entry of their own, which is read only where a window's beginning cuts them; it is never changed,
/// a chunk that changes gets another <see cref="Id"/>.
/// </summary>
/// <param name="Id">Names the entry of its rows.</param>
/// <param name="First">The event time of the first.</param>
/// <param name="Last">The event time of the last.</param>
/// <param name="Rows">Their number.</param>
/// <param name="Values">What is kept of each stored value.</param>
internal sealed record Chunk(long Id, long First, long Last, long Rows, IReadOnlyList<ChunkValue> Values)
{
    /// <summary>Puts rows together, which come in their order.</summary>
    public static Chunk Of(long id, IReadOnlyList<StoredRow> rows, ViewLayout layout)
    {
        var types = layout.Types;
        var accumulators = types.Select((type, v) => new ValueAccumulator(type, layout.Values[v].Partials)).ToArray();
        Span<(int Start, int Length)> slices = new (int, int)[types.Count];
        foreach (var row in rows)
        {
            RowValues.Slices(types, row.Values, slices);
            for (var v = 0; v < accumulators.Length; v++)
            {
                if (slices[v].Length >= 0)
                {
                    accumulators[v].Add(row, row.Values.Slice(slices[v].Start, slices[v].Length));
                }
            }
        }

        return new Chunk(id, rows[0].Event, rows[^1].Event, rows.Count, [.. accumulators.Select(a => a.ToChunkValue())]);
    }

    public void Write(ByteWriter writer, ViewLayout layout)
    {
        writer.Count(Id).Fixed64(First).Signed(unchecked(Last - First)).Count(Rows);
        for (var v = 0; v < Values.Count; v++)
        {
            Values[v].Write(writer, layout.Values[v].Partials);
        }
    }

    public static Chunk Read(ref ByteCursor cursor, ViewLayout layout)
    {
        var (id, first) = (cursor.Count(), cursor.Fixed64());
        var (last, rows) = (unchecked(first + cursor.Signed()), cursor.Count());
        var values = new ChunkValue[layout.Values.Count];
        for (var v = 0; v < values.Length; v++)
        {
            values[v] = ChunkValue.Read(ref cursor, layout.Values[v].Partials);
        }

        return new Chunk(id, first, last, rows, values);
    }
}

/// <summary>What is kept of one value over a chunk: the number that is not null, and the partials that features need.</summary>
internal sealed record ChunkValue(long Count)
{
    /// <summary>As <see cref="ExactSum.Write"/> wrote it.</summary>
    public ReadOnlyMemory<byte> Sum { get; init; }

    public ReadOnlyMemory<byte> Min { get; init; }

    public ReadOnlyMemory<byte> Max { get; init; }

    /// <summary>The first row's clocks, with its value alone.</summary>
    public StoredRow First { get; init; }

    /// <summary>The last row's clocks, with its value alone.</summary>
    public StoredRow Last { get; init; }

    public void Write(ByteWriter writer, Partials partials)
    {
        writer.Count(Count);
        if (Count == 0)
        {
            return;
        }

        foreach (var (partial, bytes) in new[] { (Partials.Sum, Sum), (Partials.Min, Min), (Partials.Max, Max) })
        {
            if (partials.HasFlag(partial))
            {
                writer.Bytes(bytes.Span);
            }
        }

        foreach (var (partial, row) in new[] { (Partials.First, First), (Partials.Last, Last) })
        {
            if (partials.HasFlag(partial))
            {
                writer.Fixed64(row.Event).Fixed64(row.Known).Bytes(row.Values.Span);
            }
        }
    }

    public static ChunkValue Read(ref ByteCursor cursor, Partials partials)
    {
        var count = cursor.Count();
        return count == 0 ? new ChunkValue(0) : new ChunkValue(count)
        {
            Sum = partials.HasFlag(Partials.Sum) ? cursor.Bytes() : default,
            Min = partials.HasFlag(Partials.Min) ? cursor.Bytes() : default,
            Max = partials.HasFlag(Partials.Max) ? cursor.Bytes() : default,
            First = partials.HasFlag(Partials.First) ? ReadRow(ref cursor) : default,
            Last = partials.HasFlag(Partials.Last) ? ReadRow(ref cursor) : default,
        };
    }

    private static StoredRow ReadRow(ref ByteCursor cursor)
    {
        var (happened, known) = (cursor.Fixed64(), cursor.Fixed64());
        return new StoredRow(happened, known, cursor.Bytes());
    }
}
