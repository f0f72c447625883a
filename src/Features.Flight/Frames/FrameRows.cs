using Features.Flight.Layout;
using Features.Flight.Serving;
using Features.Ordering;

namespace Features.Flight.Frames;

/// <summary>
/// Which rows a message takes: as many of a step as fit, by their exact widths. That is decided by the rows alone, so that the same order and
/// delivery give the same messages wherever they are served.
/// </summary>
internal sealed unsafe class FrameRows
{
    // A slow reader holds what is worked out for its message, in shuffled order some bytes a row: it stays within half a megabyte, about.
    private const int MostIndexBytes = 512 << 10;
    private const int BlockRows = 1024;
    private readonly ColumnStore store;
    private readonly EpochOrder epoch;
    private readonly bool isShuffled;
    private readonly long budgetBits;
    private readonly ChunkedColumn[] variable;
    private readonly long fixedBits;
    private readonly long mostBits;
    private readonly int mostShuffled;

    public FrameRows(PlannedRead read, ColumnStore store, int maxMessageBytes)
    {
        this.store = store;
        epoch = read.Order.InEpoch(read.Epoch);
        isShuffled = read.Order.Mode != OrderMode.None;
        var columns = read.Ordinals.Select(store.Column).ToArray();
        variable = [.. columns.Where(column => column.IsVariable)];
        fixedBits = columns.Where(column => !column.IsVariable).Sum(column => column.MostBits);
        mostBits = Math.Max(1, fixedBits + variable.Sum(column => column.MostBits));

        mostShuffled = Math.Max(1, MostIndexBytes / (sizeof(long) + columns.Sum(column => column.IndexBytes)));

        // Of each buffer its padding, and the one offset more than there are rows.
        var buffers = columns.Sum(column => column.BufferCount);
        var besides = FrameHead.MostBytes(columns.Sum(column => column.NodeCount), buffers) + (buffers * (RecordBatchHeader.BodyAlignment + sizeof(int)));
        budgetBits = (maxMessageBytes - (long)besides) * 8;
    }

    /// <summary>The rows at positions from <paramref name="position"/>: at least one, at most <paramref name="count"/>.</summary>
    public RowSet Next(long position, int count, ScratchMemory scratch) =>
        isShuffled ? NextShuffled(position, Math.Min(count, mostShuffled), scratch) : NextRuns(position % store.Rows, count, scratch);

    private RowSet NextShuffled(long position, int count, ScratchMemory scratch)
    {
        var fits = Math.Max(1, budgetBits / mostBits);
        var most = (int)Math.Clamp(budgetBits / Math.Max(1, fixedBits), 1, count);
        var rows = RowSet.Rent(most, scratch);
        if (most <= fits || variable.Length == 0)
        {
            Fill(position, rows.Places);
            return rows;
        }

        var left = budgetBits;
        for (var row = 0; row < most; row++)
        {
            if (row % BlockRows == 0)
            {
                Fill(position + row, rows.Places.Slice(row, Math.Min(BlockRows, most - row)));
            }

            left -= BitsOf(RowAddress.Chunk(rows.Places[row]), RowAddress.Index(rows.Places[row]), 1);
            if (left < 0)
            {
                return rows.First(Math.Max(1, row));
            }
        }

        return rows;
    }

    private void Fill(long position, Span<long> samples)
    {
        epoch.Fill(position, samples);
        store.Locate(samples);
    }

    // Stored order is a few runs of segments; past its end it begins anew, which is padding.
    private RowSet NextRuns(long row, int count, ScratchMemory scratch)
    {
        var most = CountRuns(row, count);
        var addresses = (long*)scratch.Rent((long)most * sizeof(long));
        var counts = (int*)scratch.Rent((long)most * sizeof(int));
        var (runs, rows, left) = (0, 0, budgetBits);
        while (rows < count)
        {
            var (address, length) = store.RunFrom(row);
            var wanted = Math.Min(length, count - rows);
            var taken = Fit(address, wanted, ref left);
            if (taken == 0 && rows > 0)
            {
                break;
            }

            // A row that is larger than a message may be is sent alone.
            counts[runs] = Math.Max(1, taken);
            addresses[runs] = address;
            rows += counts[runs++];
            if (taken < wanted)
            {
                break;
            }

            row = (row + taken) % store.Rows;
        }

        return new RowSet(addresses, counts, runs, rows);
    }

    private int CountRuns(long row, int count)
    {
        var runs = 0;
        while (count > 0)
        {
            var length = Math.Min(count, store.RunFrom(row).Rows);
            (runs, count, row) = (runs + 1, count - length, (row + length) % store.Rows);
        }

        return runs;
    }

    // The most rows of a run whose bits are left: widths only add up, so halving finds them.
    private int Fit(long address, int count, ref long left)
    {
        var (chunk, first) = (RowAddress.Chunk(address), RowAddress.Index(address));
        var (fits, fails) = (0, count + 1);
        while (fits + 1 < fails)
        {
            var middle = fits == 0 && fails == count + 1 ? count : fits + ((fails - fits) / 2);
            if (BitsOf(chunk, first, middle) <= left)
            {
                fits = middle;
            }
            else
            {
                fails = middle;
            }
        }

        left -= BitsOf(chunk, first, fits);
        return fits;
    }

    private long BitsOf(int chunk, int first, int count)
    {
        var bits = fixedBits * count;
        foreach (var column in variable)
        {
            bits += column.BitsOf(chunk, first, count);
        }

        return bits;
    }
}
