using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.PointInTime;

namespace Features.Core.Online;

/// <summary>Arrow rows of a view as stored rows by key. The keys come in the order of their first rows, each key's rows in theirs; rows without a whole key or a clock are left out, as by the join.</summary>
internal static class RowReader
{
    public static Dictionary<KeyBytes, List<StoredRow>> Read(OnlineViewPlan plan, ViewLayout layout, IReadOnlyList<RecordBatch> batches)
    {
        var rows = new Dictionary<KeyBytes, List<StoredRow>>();
        foreach (var batch in batches)
        {
            Read(plan, layout, batch, rows);
        }

        return rows;
    }

    private static void Read(OnlineViewPlan plan, ViewLayout layout, RecordBatch batch, Dictionary<KeyBytes, List<StoredRow>> rows)
    {
        var keys = OnlineKeys.Encode(plan.Entity, batch);
        var (eventColumn, events) = Clock(plan, batch, ViewQuery.Event, plan.View.Clocks.Event);
        var (availableColumn, available) = layout.Available is { } clock ? Clock(plan, batch, ViewQuery.Available, clock) : (eventColumn, events);
        var columns = layout.Types.Select((type, i) => Column(plan, batch, $"_value{i}") is var array ? (Array: array, Write: StoredValue.Writer(array, type), IsFixed: type.Width is not null) : default).ToArray();
        var (writer, scratch) = (new ByteWriter(), new ByteWriter());
        for (var row = 0; row < batch.Length; row++)
        {
            if (keys[row] is not { } key || eventColumn.IsNull(row) || availableColumn.IsNull(row))
            {
                continue;
            }

            writer.Clear();
            var bits = writer.Reserve((columns.Length + 7) / 8);
            bits.Clear();
            for (var c = 0; c < columns.Length; c++)
            {
                bits[c >> 3] |= (byte)(columns[c].Array.IsNull(row) ? 1 << (c & 7) : 0);
            }

            foreach (var (array, write, isFixed) in columns)
            {
                if (array.IsNull(row))
                {
                    continue;
                }

                if (isFixed)
                {
                    write(writer, row);
                    continue;
                }

                scratch.Clear();
                write(scratch, row);
                writer.Bytes(scratch.Written);
            }

            var stored = new StoredRow(events(row), available(row), writer.ToArray());
            (rows.TryGetValue(new KeyBytes(key), out var known) ? known : rows[new KeyBytes(key)] = []).Add(stored);
        }
    }

    private static (IArrowArray Array, Func<int, long> Moments) Clock(OnlineViewPlan plan, RecordBatch batch, string column, string clock)
    {
        var array = Column(plan, batch, column);
        return CellReader.ClockProblem(array.Data.DataType, clock) is { } problem
            ? throw new OnlineException($"view '{plan.View.Name}': {problem}")
            : (array, CellReader.Moments(array, clock));
    }

    private static IArrowArray Column(OnlineViewPlan plan, RecordBatch batch, string name) => batch.Schema.FieldsList.Any(f => f.Name == name)
        ? batch.Column(name)
        : throw new OnlineException($"the rows of view '{plan.View.Name}' have no column '{name}'");
}
