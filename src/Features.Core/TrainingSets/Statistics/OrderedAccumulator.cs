using Apache.Arrow;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>
/// A column of numbers, times or booleans. Its different values are counted one by one as long as they are few; then they are poured, each with its count, into sketches that take any number.
/// </summary>
internal sealed class OrderedAccumulator(string name, OrderedType type) : ColumnAccumulator(name, type.Kind)
{
    private readonly Moments moments = new();
    private readonly BinCounts bins = new(type.Kind == ColumnKind.Time ? new TimeBins(type.Grain) : new DecimalBins(type.Grain > 0));
    private readonly QuantileSketch quantiles = new();
    private readonly DistinctSketch distinct = new();
    private Dictionary<Int128, long>? counts = [];
    private (Int128 Min, Int128 Max)? range;
    private long nans;
    private long infinities;

    protected override void AppendValues(IArrowArray array, ReadOnlySpan<int> valid)
    {
        var cells = type.Cells(array);
        foreach (var row in valid)
        {
            Append(cells(row));
        }
    }

    protected override ColumnStatistics Describe(ColumnStatistics counted)
    {
        counted = counted with { NaNs = nans, Infinities = infinities, Distinct = new DistinctCount(counts?.Count ?? distinct.Estimate(), counts is not null) };
        if (range is not var (min, max))
        {
            return counted;
        }

        counted = counted with { Min = type.Text(min), Max = type.Text(max) };
        return counts is null ? DescribeSketched(counted) : DescribeCounted(counted, [.. counts.OrderBy(c => c.Key)]);
    }

    private void Append(Int128 cell)
    {
        var number = type.Number(cell);
        if (!double.IsFinite(number))
        {
            _ = double.IsNaN(number) ? nans++ : infinities++;
            return;
        }

        range = range is var (min, max) ? (Int128.Min(min, cell), Int128.Max(max, cell)) : (cell, cell);
        if (counts is null)
        {
            Sketch(cell, number, 1);
            return;
        }

        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, cell, out _)++;
        if (counts.Count > StatisticsAccumulator.ExactValues)
        {
            foreach (var (known, count) in counts.OrderBy(c => c.Key))
            {
                Sketch(known, type.Number(known), count);
            }

            counts = null;
        }
    }

    private void Sketch(Int128 cell, double number, long count)
    {
        moments.Add(number, count);
        bins.Add(number, count);
        quantiles.Add(number, count);
        distinct.Add(DistinctSketch.HashOf(cell));
    }

    private ColumnStatistics DescribeSketched(ColumnStatistics counted) => counted with
    {
        Mean = moments.Mean,
        StandardDeviation = moments.StandardDeviation,
        Quantiles = quantiles.Finish(),
        Histogram = bins.Finish(),
    };

    private ColumnStatistics DescribeCounted(ColumnStatistics counted, IReadOnlyList<KeyValuePair<Int128, long>> sorted)
    {
        var all = new Moments();
        var binned = bins.Empty();
        foreach (var (cell, count) in sorted)
        {
            all.Add(type.Number(cell), count);
            binned.Add(type.Number(cell), count);
        }

        counted = counted with { Mean = all.Mean, StandardDeviation = all.StandardDeviation, Top = sorted.Count <= TopValues.MaxValues ? Top(sorted) : null };
        return type.Kind == ColumnKind.Boolean ? counted : counted with
        {
            Quantiles = QuantileSketch.Ranked(sorted.Select(c => (type.Number(c.Key), c.Value)), 0),
            Histogram = binned.Finish(),
        };
    }

    private TopValues Top(IReadOnlyList<KeyValuePair<Int128, long>> sorted) =>
        new(0, [.. sorted.Select(c => new ValueCount(type.Text(c.Key), c.Value)).OrderByDescending(v => v.Count).ThenBy(v => v.Value, StringComparer.Ordinal)]);
}
