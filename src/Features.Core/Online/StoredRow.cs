using Features.Core.Definitions;

namespace Features.Core.Online;

/// <summary>A row of one key: its two clocks in microseconds (the same twice where the view has one), and its values as bytes (<see cref="RowValues"/>).</summary>
internal readonly record struct StoredRow(long Event, long Known, ReadOnlyMemory<byte> Values)
{
    /// <summary>The first moment at which the row may inform an answer.</summary>
    public long Start(bool strict) => Math.Max(Event, strict && Known < long.MaxValue ? Known + 1 : Known);

    /// <summary>Compares clocks only; rows that are equal in both are told apart by their order.</summary>
    public int CompareTo(in StoredRow other) => Event != other.Event ? Event.CompareTo(other.Event) : Known.CompareTo(other.Known);

    public bool IsTie(in StoredRow other) => Event == other.Event && Known == other.Known;

    public static void Write(ByteWriter writer, IReadOnlyList<StoredRow> rows)
    {
        writer.Count(rows.Count);
        var last = 0L;
        foreach (var row in rows)
        {
            writer.Signed(unchecked(row.Event - last)).Signed(unchecked(row.Known - row.Event)).Bytes(row.Values.Span);
            last = row.Event;
        }
    }

    public static void Read(ref ByteCursor cursor, List<StoredRow> rows)
    {
        var count = cursor.Count();
        var last = 0L;
        for (var i = 0L; i < count; i++)
        {
            var happened = unchecked(last + cursor.Signed());
            var known = unchecked(happened + cursor.Signed());
            rows.Add(new StoredRow(happened, known, cursor.Bytes()));
            last = happened;
        }
    }
}

/// <summary>A row's values: a bit for each that is null, then each that is not; its length first where it varies.</summary>
internal static class RowValues
{
    /// <summary>Where each value lies; <see cref="Null"/> for null.</summary>
    public static void Slices(IReadOnlyList<StoredType> types, ReadOnlyMemory<byte> values, Span<(int Start, int Length)> slices)
    {
        var cursor = new ByteCursor(values);
        var nulls = cursor.Raw((types.Count + 7) / 8).Span;
        for (var i = 0; i < types.Count; i++)
        {
            if ((nulls[i >> 3] >> (i & 7) & 1) == 1)
            {
                slices[i] = Null;
                continue;
            }

            var length = types[i].Width ?? (int)cursor.Count();
            slices[i] = (cursor.Position, length);
            cursor.Raw(length);
        }
    }

    public static (int Start, int Length) Null => (0, -1);
}
