using System.Numerics.Tensors;
using System.Runtime.Intrinsics.X86;
using Apache.Arrow;

namespace Features.Flight.Layout;

/// <summary>Values of varying length, found by 32-bit offsets.</summary>
internal abstract unsafe class VariableColumn : ChunkedColumn
{
    private const int Ahead = 16;
    private readonly nint[] starts;
    private readonly bool[] hidesItems;
    private readonly int[] lengths;

    protected VariableColumn(IReadOnlyList<ArrayData> chunks)
        : base(chunks)
    {
        starts = Pin(chunks, buffer: 1);
        lengths = [.. chunks.Select(chunk => chunk.Length)];
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] += (nint)chunks[i].Offset * sizeof(int);
        }

        hidesItems = [.. Enumerable.Range(0, starts.Length).Select(HidesItems)];
    }

    public override bool IsVariable => true;

    // An offset, and where the items are and how many.
    public override int IndexBytes => sizeof(int) + sizeof(long) + sizeof(int);

    public sealed override long BitsOf(int chunk, int first, int count)
    {
        if (count == 0)
        {
            return 0;
        }

        var from = (int*)starts[chunk] + first;
        return ((32L + ValidityBits) * count) + ItemBitsOf(chunk, from[0], from[count] - from[0]);
    }

    /// <summary>Bits of each item; 0 if they differ.</summary>
    protected abstract long BitsOfEachItem { get; }

    protected sealed override long FindMostBits()
    {
        var most = 0L;
        for (var chunk = 0; chunk < starts.Length; chunk++)
        {
            most = Math.Max(most, BitsOfEachItem > 0 ? LongestIn(chunk) * BitsOfEachItem : MostItemBitsIn(chunk));
        }

        return most + 32 + ValidityBits;
    }

    protected abstract long ItemBitsOf(int chunk, int first, int count);

    /// <summary>Adds what the values hold: a run for each row, or for each run of rows.</summary>
    protected abstract void LayItems(in RowSet items, BatchBody body);

    protected sealed override void LayValues(in RowSet rows, BatchBody body)
    {
        var bytes = ((long)rows.Rows + 1) * sizeof(int);
        var offsets = (int*)body.Scratch.Rent(bytes);
        body.AddMemory((byte*)offsets, bytes);
        LayItems(rows.Counts is null ? LayRows(rows, offsets, body.Scratch) : LayRuns(rows, offsets, body.Scratch), body);
    }

    private long LongestIn(int chunk)
    {
        var from = (int*)starts[chunk];
        var longest = 0;
        for (var row = 0; row < lengths[chunk]; row++)
        {
            longest = Math.Max(longest, from[row + 1] - from[row]);
        }

        return longest;
    }

    private long MostItemBitsIn(int chunk)
    {
        var from = (int*)starts[chunk];
        var most = 0L;
        for (var row = 0; row < lengths[chunk]; row++)
        {
            most = Math.Max(most, ItemBitsOf(chunk, from[row], from[row + 1] - from[row]));
        }

        return most;
    }

    private RowSet LayRows(in RowSet rows, int* offsets, ScratchMemory scratch)
    {
        var addresses = (long*)scratch.Rent((long)rows.Rows * sizeof(long));
        var counts = (int*)scratch.Rent((long)rows.Rows * sizeof(int));
        var ahead = Sse.IsSupported ? rows.Rows - Ahead : 0;
        offsets[0] = 0;
        for (var i = 0; i < rows.Rows; i++)
        {
            if (i < ahead)
            {
                Sse.Prefetch0(At(rows.Addresses[i + Ahead]));
            }

            Take(rows.Addresses[i], i, addresses, counts, offsets);
        }

        return new RowSet(addresses, counts, rows.Rows, offsets[rows.Rows]);
    }

    private RowSet LayRuns(in RowSet rows, int* offsets, ScratchMemory scratch)
    {
        var most = 0L;
        for (var run = 0; run < rows.Runs; run++)
        {
            most += hidesItems[RowAddress.Chunk(rows.Addresses[run])] ? rows.Counts[run] : 1;
        }

        var addresses = (long*)scratch.Rent(most * sizeof(long));
        var counts = (int*)scratch.Rent(most * sizeof(int));
        var (runs, row) = (0, 0);
        offsets[0] = 0;
        for (var run = 0; run < rows.Runs; run++)
        {
            var (first, count) = (rows.Addresses[run], rows.Counts[run]);
            if (count == 0)
            {
                continue;
            }

            if (hidesItems[RowAddress.Chunk(first)])
            {
                for (var i = 0; i < count; i++, row++, runs++)
                {
                    Take(first + i, row, addresses + runs - row, counts + runs - row, offsets);
                }

                continue;
            }

            var from = At(first);
            addresses[runs] = RowAddress.Of(RowAddress.Chunk(first), from[0]);
            counts[runs] = from[count] - from[0];
            _ = checked(offsets[row] + counts[runs]);
            TensorPrimitives.Add(new ReadOnlySpan<int>(from + 1, count), offsets[row] - from[0], new Span<int>(offsets + row + 1, count));
            (runs, row) = (runs + 1, row + count);
        }

        return new RowSet(addresses, counts, runs, offsets[rows.Rows]);
    }

    private void Take(long row, int at, long* addresses, int* counts, int* offsets)
    {
        var from = At(row);
        addresses[at] = RowAddress.Of(RowAddress.Chunk(row), from[0]);
        counts[at] = hidesItems[RowAddress.Chunk(row)] && IsNull(row) ? 0 : from[1] - from[0];
        offsets[at + 1] = checked(offsets[at] + counts[at]);
    }

    private int* At(long row) => (int*)starts[RowAddress.Chunk(row)] + RowAddress.Index(row);

    private bool IsNull(long row) => IsNull(RowAddress.Chunk(row), RowAddress.Index(row));

    private bool IsNull(int chunk, int row) => Validity[chunk] != 0 && !Bits.IsSet((byte*)Validity[chunk], (long)Offsets[chunk] + row);

    // A masked cell: the value is still there, under a bit that says null. It must not be copied.
    private bool HidesItems(int chunk)
    {
        if (Validity[chunk] == 0)
        {
            return false;
        }

        var from = (int*)starts[chunk];
        for (var row = 0; row < lengths[chunk]; row++)
        {
            if (from[row + 1] != from[row] && IsNull(chunk, row))
            {
                return true;
            }
        }

        return false;
    }
}
