namespace Features.Flight.Layout;

/// <summary>
/// Rows of a chunked column that are wanted, in order: single rows at any addresses, or runs of rows that stand one behind another in
/// their chunk. The addresses are scratch memory of the batch that is made.
/// </summary>
internal readonly unsafe struct RowSet
{
    public RowSet(long* addresses, int rows)
    {
        Addresses = addresses;
        (Runs, Rows) = (rows, rows);
    }

    public RowSet(long* addresses, int* counts, int runs, int rows)
    {
        Addresses = addresses;
        Counts = counts;
        (Runs, Rows) = (runs, rows);
    }

    /// <summary>Where each run begins, as <see cref="RowAddress"/>.</summary>
    public long* Addresses { get; }

    /// <summary>The rows of each run; null if each has one.</summary>
    public int* Counts { get; }

    public int Runs { get; }

    /// <summary><see cref="Addresses"/>, to be written.</summary>
    public Span<long> Places => new(Addresses, Runs);

    /// <summary>The rows of all runs together.</summary>
    public int Rows { get; }

    /// <summary>Single rows whose <see cref="Places"/> are still to be written.</summary>
    public static RowSet Rent(int rows, ScratchMemory scratch) => new((long*)scratch.Rent((long)rows * sizeof(long)), rows);

    /// <summary>The first of single rows.</summary>
    public RowSet First(int rows) => new(Addresses, rows);

    /// <summary>The same places in a column whose every row is <paramref name="factor"/> rows long.</summary>
    /// <exception cref="OverflowException">There would be 2^31 rows or more.</exception>
    public RowSet Scale(int factor, ScratchMemory scratch)
    {
        var rows = checked(Rows * factor);
        var addresses = (long*)scratch.Rent((long)Runs * sizeof(long));
        var counts = (int*)scratch.Rent((long)Runs * sizeof(int));
        for (var i = 0; i < Runs; i++)
        {
            addresses[i] = RowAddress.Of(RowAddress.Chunk(Addresses[i]), checked(RowAddress.Index(Addresses[i]) * factor));
            counts[i] = (Counts is null ? 1 : Counts[i]) * factor;
        }

        return new RowSet(addresses, counts, Runs, rows);
    }
}
