namespace Features.Core.Online;

/// <summary>A row that was pushed: from where, its batch in the inbox (null: online only), what its values are (<see cref="ViewLayout.Stamp"/>), and whether a step has taken it over.</summary>
internal sealed record PushedRow(string Source, long? Sequence, long Stamp, bool IsTaken, StoredRow Row)
{
    public static byte[] ToBytes(IReadOnlyList<PushedRow> rows)
    {
        var writer = new ByteWriter();
        writer.Count(rows.Count);
        foreach (var row in rows)
        {
            writer.Text(row.Source).Byte((byte)((row.Sequence is null ? 0 : 1) | (row.IsTaken ? 2 : 0))).Signed(row.Sequence ?? 0).Fixed64(row.Stamp).Fixed64(row.Row.Event).Fixed64(row.Row.Known).Bytes(row.Row.Values.Span);
        }

        return writer.ToArray();
    }

    public static List<PushedRow> Read(ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } given)
        {
            return [];
        }

        var cursor = new ByteCursor(given);
        var rows = new List<PushedRow>(new PushedRow[cursor.Count()]);
        for (var i = 0; i < rows.Count; i++)
        {
            var source = cursor.Text();
            var flags = cursor.Byte();
            var (sequence, stamp, happened, known) = (cursor.Signed(), cursor.Fixed64(), cursor.Fixed64(), cursor.Fixed64());
            rows[i] = new PushedRow(source, (flags & 1) == 0 ? null : sequence, stamp, (flags & 2) != 0, new StoredRow(happened, known, cursor.Bytes()));
        }

        return rows;
    }

    /// <summary>Whether the row is in what sources hold.</summary>
    public bool IsIn(IReadOnlyList<OnlineSource> sources) => Sequence is { } sequence && sequence <= StoredState.PushedThrough(sources, Source);
}
