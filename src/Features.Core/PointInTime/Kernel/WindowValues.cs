using Features.Core.Definitions;

namespace Features.Core.PointInTime.Kernel;

/// <summary>The values of one expression in one window, as its features need them.</summary>
internal sealed class WindowValues
{
    private readonly ExpressionCells cells;
    private readonly RunningSum? sum;
    private readonly RunningExtreme? least, greatest, first, last;

    public WindowValues(ExpressionCells cells, IReadOnlyList<FeaturePlan> features)
    {
        this.cells = cells;
        bool Uses(Aggregate aggregate) => features.Any(f => f.Aggregate == aggregate);
        sum = Uses(Definitions.Aggregate.Sum) || Uses(Definitions.Aggregate.Avg) ? new RunningSum(cells.IsFloat) : null;
        least = Uses(Definitions.Aggregate.Min) ? new RunningExtreme(greatest: false) : null;
        greatest = Uses(Definitions.Aggregate.Max) ? new RunningExtreme(greatest: true) : null;
        first = Uses(Definitions.Aggregate.First) ? new RunningExtreme(greatest: false) : null;
        last = Uses(Definitions.Aggregate.Last) ? new RunningExtreme(greatest: true) : null;
    }

    /// <summary>How many of the window's rows have a value.</summary>
    public long Count { get; private set; }

    public void Reset(int count, bool comeByRank)
    {
        Count = 0;
        sum?.Reset(cells.Range, count);
        least?.Reset(count, comeByRank);
        greatest?.Reset(count, comeByRank);
        first?.Reset(count, comeByRank);
        last?.Reset(count, comeByRank);
    }

    public void Enter(int rank)
    {
        if (cells.IsNull(rank))
        {
            return;
        }

        Count++;
        sum?.Add(cells[rank]);
        least?.Insert(rank, cells[rank]);
        greatest?.Insert(rank, cells[rank]);
        first?.Insert(rank, rank);
        last?.Insert(rank, rank);
    }

    public void Leave(int rank)
    {
        if (!cells.IsNull(rank))
        {
            Count--;
            sum?.Remove(cells[rank]);
        }
    }

    /// <summary>The aggregate as a cell; null for none, 0 for their count.</summary>
    public long? Aggregate(FeaturePlan feature, int lower)
    {
        if (feature.Aggregate == Definitions.Aggregate.Count)
        {
            return Count;
        }

        if (Count == 0)
        {
            return null;
        }

        return feature.Aggregate switch
        {
            Definitions.Aggregate.Avg => OrderedDouble.Encode(sum!.AsDouble() / Count),
            Definitions.Aggregate.Sum when feature.IsFloat => OrderedDouble.Encode(sum!.AsDouble()),
            Definitions.Aggregate.Sum => sum!.AsInt64()
                ?? throw new PointInTimeException($"the sum of feature '{feature.Name}' does not fit 64 bits; sum a DOUBLE instead, such as sum(CAST(x AS DOUBLE))"),
            Definitions.Aggregate.Min => least!.Extreme(lower),
            _ => greatest!.Extreme(lower),
        };
    }

    /// <summary>The rank of the first or last value; there is one.</summary>
    public int RankOf(Aggregate aggregate, int lower) => (int)(aggregate == Definitions.Aggregate.First ? first! : last!).Extreme(lower);
}
