using Apache.Arrow;
using Features.Core.Definitions;

namespace Features.Core.PointInTime;

/// <summary>The spine as the kernel needs it: a moment for each row, and for each way to an entity's keys the key of each row.</summary>
internal sealed class SpineIndex
{
    private readonly Dictionary<string, SpineKeys> keys = [];

    public SpineIndex(IEnumerable<ViewUse> uses, Schema schema, int rows)
    {
        Moments = GC.AllocateUninitializedArray<long>(rows);
        foreach (var use in uses)
        {
            keys.TryAdd(NameOf(use), new SpineKeys(use, schema, rows));
        }
    }

    public long[] Moments { get; }

    /// <summary>Which rows have a moment; null if all do.</summary>
    public bool[]? HasMoment { get; private set; }

    /// <summary>The first and the last moment; null if no row has one.</summary>
    public (long First, long Last)? Range { get; private set; }

    /// <summary>Bytes that are held.</summary>
    public long Bytes => (8L * Moments.Length) + (HasMoment?.Length ?? 0) + keys.Values.Sum(k => k.Bytes);

    public SpineKeys this[ViewUse use] => keys[NameOf(use)];

    /// <summary>The columns that are read of the spine.</summary>
    public IEnumerable<string> Columns(string timestamp) => keys.Values.SelectMany(k => k.Columns).Append(timestamp).Distinct();

    /// <summary>Takes some rows of the spine, whichever: their numbers (<see cref="JoinedRows.RowColumn"/>), the moment and the key columns.</summary>
    public void Add(RecordBatch batch, string timestamp)
    {
        var rows = ((Int64Array)batch.Column(JoinedRows.RowColumn)).Values;
        var clock = batch.Column(timestamp);
        if (clock is TimestampArray { NullCount: 0, Data.DataType: Apache.Arrow.Types.TimestampType { Unit: Apache.Arrow.Types.TimeUnit.Microsecond } } micros && IsRun(rows))
        {
            AddRun(micros.Values, (int)rows[0]);
        }
        else
        {
            AddMoments(clock, rows, timestamp);
        }

        foreach (var entity in keys.Values)
        {
            entity.Read(batch, rows);
        }
    }

    private void AddMoments(IArrowArray clock, ReadOnlySpan<long> rows, string timestamp)
    {
        var read = CellReader.Moments(clock, timestamp);
        var (first, last) = Range ?? (long.MaxValue, long.MinValue);
        for (var i = 0; i < rows.Length; i++)
        {
            if (clock.IsNull(i))
            {
                (HasMoment ??= AllTrue(Moments.Length))[(int)rows[i]] = false;
                continue;
            }

            var moment = read(i);
            Moments[(int)rows[i]] = moment;
            (first, last) = (Math.Min(first, moment), Math.Max(last, moment));
        }

        Range = first <= last ? (first, last) : null;
    }

    /// <summary>Takes the moments of rows that follow one another.</summary>
    private void AddRun(ReadOnlySpan<long> moments, int start)
    {
        moments.CopyTo(Moments.AsSpan(start));
        var (first, last) = Range ?? (long.MaxValue, long.MinValue);
        foreach (var moment in moments)
        {
            (first, last) = (Math.Min(first, moment), Math.Max(last, moment));
        }

        Range = (first, last);
    }

    private static bool IsRun(ReadOnlySpan<long> rows)
    {
        for (var i = 1; i < rows.Length; i++)
        {
            if (rows[i] != rows[0] + i)
            {
                return false;
            }
        }

        return !rows.IsEmpty;
    }

    private static string NameOf(ViewUse use) => string.Join('\n', use.KeyColumns.Prepend(use.Entity.Name));

    private static bool[] AllTrue(int length)
    {
        var all = new bool[length];
        System.Array.Fill(all, true);
        return all;
    }
}
