namespace Features.Core.Online;

/// <summary>How rows come into a <see cref="KeyEntry"/>. Pure: what is read before (chunks) is given, what is to be written is returned.</summary>
internal static class KeyMerge
{
    /// <summary>Rows of windows that may stand by themselves before those that are settled are put into chunks.</summary>
    public const int MostLoose = 128;

    /// <summary>The chunks whose rows <see cref="Add"/> needs, by their place in the entry.</summary>
    public static IReadOnlyList<int> ChunksNeeded(KeyEntry entry, IReadOnlyList<StoredRow> rows, ViewLayout layout, long bound, int mostLoose)
    {
        if (entry.Chunks.Count == 0)
        {
            return [];
        }

        var needed = new SortedSet<int>();
        if (HasWindowOrder(layout))
        {
            // Whether a late row is equal in its clocks to one of a chunk shows only in the chunk's rows.
            foreach (var row in rows)
            {
                for (var c = 0; c < entry.Chunks.Count; c++)
                {
                    if (entry.Chunks[c].First <= row.Event && row.Event <= entry.Chunks[c].Last)
                    {
                        needed.Add(c);
                    }
                }
            }
        }

        var loose = Loose(entry, rows, layout, bound);
        if (loose.Count > mostLoose)
        {
            foreach (var row in loose.Where(r => IsSettled(r, layout, bound)))
            {
                needed.Add(PlaceOf(entry.Chunks, row));
            }
        }

        return [.. needed];
    }

    /// <summary>Adds rows of the key, which come in the view's order.</summary>
    /// <param name="entry">What there is; not changed.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="layout">What they are.</param>
    /// <param name="bound">No moment before this one will be asked about.</param>
    /// <param name="step">The number of the step, for the ids of chunks.</param>
    /// <param name="chunkRows">The rows of the chunks that were needed, by their place in the entry.</param>
    /// <param name="mostLoose">How many rows may stand by themselves: <see cref="MostLoose"/>.</param>
    /// <returns>What is to be written; null if the order of a new row and a stored one cannot be told from them.</returns>
    public static MergedKey? Add(KeyEntry entry, IReadOnlyList<StoredRow> rows, ViewLayout layout, long bound, long step, IReadOnlyDictionary<int, IReadOnlyList<StoredRow>> chunkRows, int mostLoose)
    {
        if (layout.HasLatest && HasTie(entry.Candidates, rows)
            || HasWindowOrder(layout) && (HasTie(entry.Rows, rows) || chunkRows.Values.Any(c => HasTie(c, rows))))
        {
            return null;
        }

        var merged = new MergedKey { Entry = { FoundFrom = entry.FoundFrom, ChunksMade = entry.ChunksMade } };
        foreach (var row in rows)
        {
            merged.Entry.FoundFrom = Math.Min(merged.Entry.FoundFrom, row.Start(layout.IsStrict));
        }

        if (layout.HasLatest)
        {
            merged.Entry.Candidates.AddRange(Candidates([.. entry.Candidates, .. rows], layout.IsStrict, bound));
        }

        if (layout.LongestWindow is not null)
        {
            AddToWindows(merged, entry, rows, layout, bound, step, chunkRows, mostLoose);
        }

        return merged;
    }

    /// <summary>
    /// The rows that can be the latest at some moment from <paramref name="bound"/> on: those that no row of a higher order is known as early as. (A row that informs once informs ever after, so one such row is enough
    /// to hide another, and what is hidden stays so whatever comes later.)
    /// </summary>
    public static IReadOnlyList<StoredRow> Candidates(IReadOnlyList<StoredRow> rows, bool strict, long bound)
    {
        var ordered = rows.Order(ByClocks).ToList();
        var kept = new List<StoredRow>();
        var earliest = long.MaxValue;
        for (var i = ordered.Count - 1; i >= 0; i--)
        {
            var start = ordered[i].Start(strict);
            if (kept.Count == 0 || earliest > Math.Max(start, bound))
            {
                kept.Add(ordered[i]);
            }

            earliest = Math.Min(earliest, start);
        }

        kept.Reverse();
        return kept;
    }

    /// <summary>By both clocks; a sort by it must be stable.</summary>
    private static Comparer<StoredRow> ByClocks { get; } = Comparer<StoredRow>.Create(static (a, b) => a.CompareTo(b));

    private static bool HasWindowOrder(ViewLayout layout) => layout.Values.Any(v => (v.Partials & (Partials.First | Partials.Last)) != 0);

    private static void AddToWindows(
        MergedKey merged, KeyEntry entry, IReadOnlyList<StoredRow> rows, ViewLayout layout, long bound, long step, IReadOnlyDictionary<int, IReadOnlyList<StoredRow>> chunkRows, int mostLoose)
    {
        var oldest = Oldest(layout, bound);
        var loose = Loose(entry, rows, layout, bound);
        var byPlace = new Dictionary<int, List<StoredRow>>();
        if (loose.Count > mostLoose)
        {
            foreach (var row in loose.Where(r => IsSettled(r, layout, bound)))
            {
                var place = PlaceOf(entry.Chunks, row);
                (byPlace.TryGetValue(place, out var there) ? there : byPlace[place] = []).Add(row);
            }

            loose = [.. loose.Where(r => !IsSettled(r, layout, bound))];
        }

        merged.Entry.Rows.AddRange(loose);
        var size = ChunkSize(entry, byPlace, mostLoose);
        for (var c = 0; c < entry.Chunks.Count; c++)
        {
            var chunk = entry.Chunks[c];
            if (byPlace.TryGetValue(c, out var added))
            {
                merged.Removed.Add(chunk.Id);
                AddChunks(merged, [.. chunkRows[c].Concat(added).Where(r => r.Event >= oldest).Order(ByClocks)], layout, step, size);
            }
            else if (chunk.Last < oldest)
            {
                merged.Removed.Add(chunk.Id);
            }
            else
            {
                merged.Entry.Chunks.Add(chunk);
            }
        }

        if (entry.Chunks.Count == 0 && byPlace.TryGetValue(0, out var all))
        {
            AddChunks(merged, all, layout, step, size);
        }
    }

    private static void AddChunks(MergedKey merged, List<StoredRow> rows, ViewLayout layout, long step, int size)
    {
        for (var start = 0; start < rows.Count;)
        {
            // The last piece may be half as long again, so that none is a stub.
            var length = rows.Count - start <= size * 3 / 2 ? rows.Count - start : size;
            var piece = rows.GetRange(start, length);
            var chunk = Chunk.Of((step << 24) + merged.Entry.ChunksMade++, piece, layout);
            merged.Entry.Chunks.Add(chunk);
            var writer = new ByteWriter();
            StoredRow.Write(writer, piece);
            merged.Added.Add((chunk.Id, writer.ToArray()));
            start += length;
        }
    }

    /// <summary>About the square root of the number of rows: what a request reads then is least, as many chunks as a chunk has rows.</summary>
    private static int ChunkSize(KeyEntry entry, Dictionary<int, List<StoredRow>> byPlace, int mostLoose) =>
        Math.Clamp((int)Math.Sqrt(entry.Chunks.Sum(c => c.Rows) + byPlace.Values.Sum(r => r.Count)), Math.Max(mostLoose / 2, 1), 4096);

    private static List<StoredRow> Loose(KeyEntry entry, IReadOnlyList<StoredRow> rows, ViewLayout layout, long bound)
    {
        var oldest = Oldest(layout, bound);
        return [.. entry.Rows.Concat(rows).Where(r => r.Event >= oldest).Order(ByClocks)];
    }

    /// <summary>Rows before this are in no window any more.</summary>
    public static long Oldest(ViewLayout layout, long bound) => layout.LongestWindow is not { } longest ? long.MaxValue : bound < long.MinValue + longest ? long.MinValue : bound - longest;

    /// <summary>Whether every answer may use the row, so far as time goes; only its leaving of a window remains to be asked.</summary>
    private static bool IsSettled(in StoredRow row, ViewLayout layout, long bound) => row.Event < bound && row.Start(layout.IsStrict) <= bound;

    /// <summary>The last chunk that does not begin after the row; the first if all do, or if there is none yet.</summary>
    private static int PlaceOf(List<Chunk> chunks, in StoredRow row)
    {
        var place = 0;
        for (var (low, high) = (0, chunks.Count - 1); low <= high;)
        {
            var middle = (low + high) / 2;
            if (chunks[middle].First <= row.Event)
            {
                (place, low) = (middle, middle + 1);
            }
            else
            {
                high = middle - 1;
            }
        }

        return place;
    }

    private static bool HasTie(IReadOnlyList<StoredRow> stored, IReadOnlyList<StoredRow> rows)
    {
        foreach (var old in stored)
        {
            foreach (var row in rows)
            {
                if (row.IsTie(old) && !row.Values.Span.SequenceEqual(old.Values.Span))
                {
                    return true;
                }
            }
        }

        return false;
    }
}

/// <summary>What a merge says is to be written.</summary>
internal sealed class MergedKey
{
    public KeyEntry Entry { get; } = new();

    /// <summary>Ids of chunks that are no more.</summary>
    public List<long> Removed { get; } = [];

    /// <summary>New chunks: id, rows.</summary>
    public List<(long Id, byte[] Rows)> Added { get; } = [];
}
