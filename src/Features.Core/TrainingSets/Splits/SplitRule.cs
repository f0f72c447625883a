using System.IO.Hashing;
using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.PointInTime;

namespace Features.Core.TrainingSets.Splits;

/// <summary>
/// Which part of a split each row belongs to: a pure function of the row's values. By key or group: XxHash64 of the columns' cells (<c>schemas/digest</c>, "Cells"), seeded, its highest 53 bits held against the parts'
/// shares; by time: the half-open stretch that the timestamp lies in.
/// </summary>
internal sealed class SplitRule
{
    /// <summary>The place of a row that belongs to no part.</summary>
    public const int None = -1;

    private const double HashRange = 1L << 53;
    private readonly Split split;
    private readonly TrainingSet set;
    private readonly ulong[] thresholds;
    private readonly long gap;

    /// <summary>A rule.</summary>
    /// <param name="set">The set; it has a split.</param>
    /// <param name="columns">The columns that are hashed; empty by time.</param>
    /// <param name="boundaries">Where each part but the last ends, exclusive, in microseconds since 1970 UTC; empty unless by time.</param>
    public SplitRule(TrainingSet set, IReadOnlyList<string> columns, IReadOnlyList<long> boundaries)
    {
        (this.set, split, Columns, Boundaries) = (set, set.Split!, columns, boundaries);
        gap = Duration.ToMicros(split.Gap);
        var sum = 0.0;
        thresholds = [.. split.Parts.SkipLast(1).Select(p => (ulong)Math.Round((sum += p.Share ?? 0) * HashRange))];
    }

    public IReadOnlyList<string> Columns { get; }

    public IReadOnlyList<long> Boundaries { get; }

    /// <summary>The place of the part that transformations learn from.</summary>
    public static int TrainOf(Split split) => split.Parts.ToList().FindIndex(p => p.Name == "train") is >= 0 and var named ? named : 0;

    /// <summary>The place of each row's part; <see cref="None"/> for none.</summary>
    public int[] Assign(RecordBatch batch)
    {
        var places = new int[batch.Length];
        if (split.By == SplitBy.Time)
        {
            var moments = CellReader.Moments(batch.Column(set.Timestamp), set.Timestamp);
            var known = LabelMaturity.KnownAt(set, batch);
            for (var i = 0; i < places.Length; i++)
            {
                places[i] = batch.Column(set.Timestamp).IsNull(i) ? None : PlaceOf(moments(i), known(i));
            }

            return places;
        }

        var cells = new CanonicalCells();
        var writers = Columns.Select(c => cells.Writer(batch.Column(c))).ToArray();
        for (var i = 0; i < places.Length; i++)
        {
            cells.Clear();
            foreach (var write in writers)
            {
                write(i);
            }

            var hash = XxHash64.HashToUInt64(cells.Bytes, split.Seed) >> 11;
            var place = 0;
            while (place < thresholds.Length && hash >= thresholds[place])
            {
                place++;
            }

            places[i] = place;
        }

        return places;
    }

    /// <summary>The part by time. Within the gap after a boundary, or with a label that was known only when the part had ended, there is none.</summary>
    private int PlaceOf(long moment, long? known)
    {
        var place = 0;
        while (place < Boundaries.Count && moment >= Boundaries[place])
        {
            place++;
        }

        var isInGap = place > 0 && moment - Boundaries[place - 1] < gap;
        var isKnownTooLate = place < Boundaries.Count && (known is null || known >= Boundaries[place]);
        return isInGap || isKnownTooLate ? None : place;
    }
}
