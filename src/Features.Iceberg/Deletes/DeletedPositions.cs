using System.Collections;

namespace Features.Iceberg.Deletes;

/// <summary>The positions of deleted rows in one data file, from 0, compressed. Enumerates ascending. Plain managed memory; safe to read from several threads.</summary>
public sealed class DeletedPositions : IEnumerable<long>
{
    /// <summary>The highest position that a deletion vector can hold.</summary>
    public const long Highest = ((long)int.MaxValue << 32) - 1;

    private readonly SortedList<int, RoaringBitmap> bitmaps;

    internal DeletedPositions()
        : this([])
    {
    }

    internal DeletedPositions(SortedList<int, RoaringBitmap> bitmaps) => this.bitmaps = bitmaps;

    /// <summary>The number of deleted rows.</summary>
    public long Count => bitmaps.Values.Sum(b => b.Count);

    /// <summary>The 32-bit sets by the high 32 bits, ascending.</summary>
    internal SortedList<int, RoaringBitmap> Bitmaps => bitmaps;

    /// <summary>About how many bytes it takes in memory.</summary>
    internal long Bytes => 64 + bitmaps.Values.Sum(b => b.Bytes);

    /// <summary>The set of these positions, in any order.</summary>
    /// <exception cref="InvalidTableArgumentException">A position is negative or above <see cref="Highest"/>.</exception>
    public static DeletedPositions Of(IEnumerable<long> positions)
    {
        var set = new DeletedPositions();
        foreach (var position in positions)
        {
            if (!set.TryAdd(position))
            {
                throw new InvalidTableArgumentException($"{position} is no position of a row; positions are from 0 to {Highest}");
            }
        }

        return set;
    }

    /// <summary>True if the row at this position is deleted.</summary>
    public bool Contains(long position) => position >= 0 && bitmaps.TryGetValue((int)(position >> 32), out var bitmap) && bitmap.Contains((uint)position);

    /// <inheritdoc/>
    public IEnumerator<long> GetEnumerator() => bitmaps.SelectMany(b => b.Value.Values().Select(low => ((long)b.Key << 32) | low)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>False if it is no position of a row. Only while the set is being built.</summary>
    internal bool TryAdd(long position)
    {
        if (position is < 0 or > Highest)
        {
            return false;
        }

        var high = (int)(position >> 32);
        if (!bitmaps.TryGetValue(high, out var bitmap))
        {
            bitmap = new RoaringBitmap();
            bitmaps.Add(high, bitmap);
        }

        bitmap.Add((uint)position);
        return true;
    }

    /// <summary>All of the sets; the one itself if there is one.</summary>
    internal static DeletedPositions? Union(IReadOnlyList<DeletedPositions> sets)
    {
        if (sets.Count <= 1)
        {
            return sets.Count == 0 ? null : sets[0];
        }

        // The given sets are shared by other data files and stay as they are.
        var all = new DeletedPositions();
        foreach (var position in sets.SelectMany(s => s))
        {
            all.TryAdd(position);
        }

        return all;
    }
}
