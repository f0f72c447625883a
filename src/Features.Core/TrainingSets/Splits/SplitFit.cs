using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.PointInTime;
using Features.Core.Transformations;

namespace Features.Core.TrainingSets.Splits;

/// <summary>
/// Finds a split's rule. Only shares of time look at rows: a boundary is the timestamp of the row at that share of the sorted rows, so that rows of one timestamp are in one part (the later). Streamed in as many passes as
/// it takes: <c>while (!fit.IsDone) { foreach batch: fit.Add(batch); fit.EndPass(); }</c>.
/// </summary>
internal sealed class SplitFit
{
    private readonly TrainingSet set;
    private readonly IReadOnlyList<string> columns;
    private readonly OrderStatistics? order;
    private IReadOnlyList<long>? boundaries;

    /// <summary>Begins.</summary>
    /// <param name="set">The set; it has a split.</param>
    /// <param name="keys">The spine columns that hold the entities' keys.</param>
    /// <param name="schema">The joined columns.</param>
    /// <param name="bound">As in <see cref="OrderStatistics"/>.</param>
    /// <exception cref="TrainingSetException">A column is missing, or of a type that cannot be hashed.</exception>
    public SplitFit(TrainingSet set, IReadOnlyList<string> keys, Schema schema, int bound = OrderStatistics.DefaultBound)
    {
        var split = set.Split!;
        this.set = set;
        columns = split.By switch { SplitBy.Key => keys, SplitBy.Group => split.Columns, _ => [] };
        if (schema.FieldsList.Any(f => f.Name == Split.Column))
        {
            throw new TrainingSetException("training-set-column", $"the training set '{set.Name}' has a column '{Split.Column}' already, which is the split's own; rename it");
        }

        foreach (var column in columns)
        {
            var field = schema.FieldsList.FirstOrDefault(f => f.Name == column)
                ?? throw new TrainingSetException("training-set-column", $"the training set '{set.Name}' is split by '{column}', which it does not have; {NearNames.Hint(column, [.. schema.FieldsList.Select(f => f.Name)], "columns")}");
            _ = CanonicalCells.TypeName(field.DataType)
                ?? throw new TrainingSetException("training-set-column", $"the training set '{set.Name}' is split by '{column}', which is of type {field.DataType.Name}; cast it to a number, text or timestamp in microseconds");
        }

        if (split.By != SplitBy.Time)
        {
            boundaries = [];
        }
        else if (split.Parts.SkipLast(1).All(p => p.Until is not null))
        {
            boundaries = [.. split.Parts.SkipLast(1).Select(p => Micros.Of(p.Until!.Value))];
        }
        else
        {
            order = new OrderStatistics(Ranks, bound);
        }
    }

    public bool IsDone => boundaries is not null;

    /// <summary>The rule, when <see cref="IsDone"/>.</summary>
    public SplitRule Rule => new(set, columns, boundaries!);

    public void Add(RecordBatch batch)
    {
        var clock = batch.Column(set.Timestamp);
        var moments = CellReader.Moments(clock, set.Timestamp);
        for (var i = 0; i < batch.Length; i++)
        {
            if (!clock.IsNull(i))
            {
                order!.Add(moments(i));
            }
        }
    }

    public void EndPass()
    {
        if (order!.EndPass())
        {
            // A part that takes all rows ends after the last.
            boundaries = [.. Places(order.Count).Select(p => order.Count == 0 ? 0 : p < order.Count ? order.Found[p] : order.Found[order.Count - 1] + 1)];
        }
    }

    private IEnumerable<long> Ranks(long count) => count == 0 ? [] : Places(count).Select(p => Math.Min(p, count - 1));

    private IEnumerable<long> Places(long count)
    {
        var sum = 0.0;
        foreach (var part in set.Split!.Parts.SkipLast(1))
        {
            sum += part.Share ?? 0;
            yield return Math.Clamp((long)Math.Round(sum * count), 0, count);
        }
    }
}
