namespace Features.Core.Online;

/// <summary>Takes values of one column, or what was kept of many, and keeps their number and the asked-for partials. Used again after <see cref="Reset"/>.</summary>
internal sealed class ValueAccumulator(StoredType type, Partials partials)
{
    private readonly ExactSum? sum = partials.HasFlag(Partials.Sum) ? new ExactSum(type.IsFloat) : null;
    private ReadOnlyMemory<byte> min, max;
    private StoredRow first, last;

    public long Count { get; private set; }

    public ExactSum Sum => sum!;

    public ReadOnlyMemory<byte> Min => min;

    public ReadOnlyMemory<byte> Max => max;

    public ReadOnlyMemory<byte> First => first.Values;

    public ReadOnlyMemory<byte> Last => last.Values;

    public void Reset()
    {
        Count = 0;
        sum?.Reset();
        (min, max, first, last) = (default, default, default, default);
    }

    /// <summary>Takes a value that is not null. Among rows equal in both clocks the later taken counts as later.</summary>
    public void Add(in StoredRow row, ReadOnlyMemory<byte> value)
    {
        if (sum is not null)
        {
            if (type.IsFloat)
            {
                sum.Add(StoredValue.AsDouble(type, value.Span));
            }
            else
            {
                sum.Add(StoredValue.AsInteger(type, value.Span));
            }
        }

        Take(Count == 0, row with { Values = value }, row with { Values = value }, value, value);
        Count++;
    }

    public void Add(ChunkValue chunk)
    {
        if (chunk.Count == 0)
        {
            return;
        }

        if (sum is not null)
        {
            var cursor = new ByteCursor(chunk.Sum);
            sum.AddWritten(ref cursor);
        }

        Take(Count == 0, chunk.First, chunk.Last, chunk.Min, chunk.Max);
        Count += chunk.Count;
    }

    public ChunkValue ToChunkValue()
    {
        var written = new ByteWriter();
        sum?.Write(written);
        return new ChunkValue(Count) { Sum = written.ToArray(), Min = min, Max = max, First = first, Last = last };
    }

    private void Take(bool isFirst, in StoredRow newFirst, in StoredRow newLast, ReadOnlyMemory<byte> newMin, ReadOnlyMemory<byte> newMax)
    {
        if ((partials & Partials.Min) != 0 && (isFirst || StoredValue.Compare(type, newMin.Span, min.Span) < 0))
        {
            min = newMin;
        }

        if ((partials & Partials.Max) != 0 && (isFirst || StoredValue.Compare(type, newMax.Span, max.Span) > 0))
        {
            max = newMax;
        }

        if ((partials & Partials.First) != 0 && (isFirst || newFirst.CompareTo(first) < 0))
        {
            first = newFirst;
        }

        if ((partials & Partials.Last) != 0 && (isFirst || newLast.CompareTo(last) >= 0))
        {
            last = newLast;
        }
    }
}
