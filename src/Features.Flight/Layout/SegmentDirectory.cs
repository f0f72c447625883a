namespace Features.Flight.Layout;

/// <summary>
/// In which segment a row stands. Segments are alike but for the last of each part that was loaded by itself, so that the first guess,
/// from a table of one entry for some thousand rows, is off by one segment at most, and seldom.
/// </summary>
internal sealed class SegmentDirectory
{
    private const int BucketBits = 12;
    private readonly long[] starts;
    private readonly int[] buckets;

    public SegmentDirectory(IReadOnlyList<int> segmentRows)
    {
        starts = new long[segmentRows.Count + 1];
        for (var i = 0; i < segmentRows.Count; i++)
        {
            starts[i + 1] = starts[i] + segmentRows[i];
        }

        buckets = new int[(Rows >> BucketBits) + 1];
        var segment = 0;
        for (var bucket = 0; bucket < buckets.Length; bucket++)
        {
            while (segment + 1 < segmentRows.Count && starts[segment + 1] <= (long)bucket << BucketBits)
            {
                segment++;
            }

            buckets[bucket] = segment;
        }
    }

    /// <summary>All rows.</summary>
    public long Rows => starts[^1];

    /// <summary>Turns each row in [0, <see cref="Rows"/>) into its address.</summary>
    public void Locate(Span<long> rows)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = Find(rows[i]);
        }
    }

    /// <summary>The address of a row.</summary>
    public long Find(long row)
    {
        var segment = buckets[row >> BucketBits];
        while (row >= starts[segment + 1])
        {
            segment++;
        }

        return RowAddress.Of(segment, (int)(row - starts[segment]));
    }

    /// <summary>How many rows, from <paramref name="row"/> on, stand in its segment.</summary>
    public int RunFrom(long row)
    {
        var segment = RowAddress.Chunk(Find(row));
        return (int)(starts[segment + 1] - row);
    }
}
