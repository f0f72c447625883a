using Features.Core.Definitions;

namespace Features.Core.PointInTime;

/// <summary>One expression's values for one key, and the trees that its features need over them.</summary>
internal sealed class ExpressionTrees
{
    private readonly Cells column;
    private readonly CountTree? count;
    private readonly SumTree? sum;
    private readonly ExtremeTree? least;
    private readonly ExtremeTree? greatest;
    private long[] cells = [];
    private bool[] isNull = [];
    private bool hasNulls;

    public ExpressionTrees(Cells column, IEnumerable<FeaturePlan> features)
    {
        this.column = column;
        var all = features.ToList();
        bool Uses(params ReadOnlySpan<Aggregate> aggregates)
        {
            foreach (var aggregate in aggregates)
            {
                if (all.Exists(f => f.Aggregate == aggregate))
                {
                    return true;
                }
            }

            return false;
        }

        count = all.Exists(f => f.Aggregate is not null) ? new CountTree() : null;
        sum = Uses(Definitions.Aggregate.Sum, Definitions.Aggregate.Avg) ? new SumTree(all[0].IsFloat) : null;
        least = Uses(Definitions.Aggregate.Min) ? new ExtremeTree(greatest: false) : null;
        greatest = Uses(Definitions.Aggregate.Max) ? new ExtremeTree(greatest: true) : null;
    }

    /// <summary>Takes the values of a key's rows, by rank.</summary>
    public void Load(ReadOnlySpan<Moment> ranked)
    {
        Buffers.Ensure(ref cells, ranked.Length);
        Buffers.Ensure(ref isNull, ranked.Length);
        hasNulls = false;
        for (var rank = 0; rank < ranked.Length; rank++)
        {
            cells[rank] = column[ranked[rank].Row];
            isNull[rank] = column.IsNull(ranked[rank].Row);
            hasNulls |= isNull[rank];
        }

        if (hasNulls)
        {
            count?.Reset(ranked.Length);
        }

        sum?.Reset(cells.AsSpan(0, ranked.Length), isNull.AsSpan(0, ranked.Length));
        least?.Reset(ranked.Length);
        greatest?.Reset(ranked.Length);
    }

    public void Insert(int rank)
    {
        if (isNull[rank])
        {
            return;
        }

        if (hasNulls)
        {
            count?.Insert(rank);
        }

        sum?.Insert(rank, cells[rank]);
        least?.Insert(rank, cells[rank]);
        greatest?.Insert(rank, cells[rank]);
    }

    /// <summary>The value at a rank, or null.</summary>
    public long? At(int rank) => isNull[rank] ? null : cells[rank];

    /// <summary>The aggregate over the inserted ranks in [from, to); null for none, 0 for their count.</summary>
    public long? Aggregate(FeaturePlan feature, CountTree rows, int from, int to)
    {
        var values = (hasNulls ? count! : rows).Count(from, to);
        if (feature.Aggregate == Definitions.Aggregate.Count)
        {
            return values;
        }

        if (values == 0)
        {
            return null;
        }

        return feature.Aggregate switch
        {
            Definitions.Aggregate.Avg => OrderedDouble.Encode(sum!.SumAsDouble(from, to) / values),
            Definitions.Aggregate.Sum when feature.IsFloat => OrderedDouble.Encode(sum!.SumAsDouble(from, to)),
            Definitions.Aggregate.Sum => sum!.SumAsInt64(from, to)
                ?? throw new PointInTimeException($"the sum of feature '{feature.Name}' does not fit 64 bits; sum a DOUBLE instead, such as sum(CAST(x AS DOUBLE))"),
            Definitions.Aggregate.Min => least!.Extreme(from, to),
            _ => greatest!.Extreme(from, to),
        };
    }
}
