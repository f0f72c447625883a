using System.Runtime.InteropServices;

namespace Features.Core.Transformations;

/// <summary>
/// Finds the values at given ranks among any number of 64-bit integers, exactly and in bounded memory, in as many passes over them as it takes: one for up to the bound; beyond it values are counted by their
/// highest bits, and each further pass looks only at those that share the highest bits of a wanted one (a radix selection).
/// </summary>
/// <param name="ranksOf">The wanted ranks (0-based, each within the count), by how many values there are.</param>
/// <param name="bound">The most values that are held at once.</param>
internal sealed class OrderStatistics(Func<long, IEnumerable<long>> ranksOf, int bound = OrderStatistics.DefaultBound)
{
    public const int DefaultBound = 1 << 20;

    private const int FirstBits = 16;
    private const int NextBits = 8;
    private readonly SortedDictionary<long, long> found = [];
    private List<ulong>? held = [];
    private long[]? counts;
    private Dictionary<ulong, Bucket>? buckets;
    private int bits;

    /// <summary>How many values there are; known after the first pass.</summary>
    public long Count { get; private set; }

    /// <summary>The wanted ranks and their values, when the passes are done.</summary>
    public IReadOnlyDictionary<long, long> Found => found;

    /// <summary>Adds the next value of this pass; each pass sees the same values, in any order.</summary>
    public void Add(long value)
    {
        var key = (ulong)value ^ (1UL << 63);
        if (buckets is not null)
        {
            if (buckets.TryGetValue(key >> (64 - bits), out var bucket))
            {
                bucket.Add(key, bits);
            }

            return;
        }

        Count++;
        if (counts is not null)
        {
            counts[key >> (64 - FirstBits)]++;
            return;
        }

        held!.Add(key);
        if (held.Count > bound)
        {
            counts = new long[1 << FirstBits];
            foreach (var one in held)
            {
                counts[one >> (64 - FirstBits)]++;
            }

            held = null;
        }
    }

    /// <summary>Ends a pass. True if all is found; else the values are to be gone through again.</summary>
    public bool EndPass()
    {
        if (buckets is null)
        {
            var ranks = ranksOf(Count).Distinct().ToList();
            if (held is not null)
            {
                CollectionsMarshal.AsSpan(held).Sort();
                ranks.ForEach(rank => Find(rank, held[(int)rank]));
                held = null;
                return true;
            }

            bits = FirstBits;
            buckets = Narrow(counts!, 0, [.. ranks.Select(r => (r, r))]);
            counts = null;
        }
        else
        {
            var next = new Dictionary<ulong, Bucket>();
            foreach (var (prefix, bucket) in buckets)
            {
                if (bucket.Held is { } values)
                {
                    CollectionsMarshal.AsSpan(values).Sort();
                    bucket.Wanted.ForEach(w => Find(w.Rank, values[(int)w.Within]));
                    continue;
                }

                foreach (var (longer, narrower) in Narrow(bucket.Counts!, prefix << NextBits, bucket.Wanted))
                {
                    next.Add(longer, narrower);
                }
            }

            bits += NextBits;
            buckets = next;
        }

        if (bits == 64)
        {
            foreach (var (key, bucket) in buckets)
            {
                bucket.Wanted.ForEach(w => Find(w.Rank, key));
            }

            buckets.Clear();
        }

        // Those that fit are held in the next pass, the smallest first; the others are counted once more.
        var room = (long)bound;
        foreach (var bucket in buckets.OrderBy(b => b.Value.Size).ThenBy(b => b.Key).Select(b => b.Value))
        {
            room -= bucket.Size;
            bucket.Begin(isHeld: room >= 0, NextBits);
        }

        return buckets.Count == 0;
    }

    private void Find(long rank, ulong key) => found[rank] = (long)(key ^ (1UL << 63));

    /// <summary>The buckets that wanted ranks fall into.</summary>
    private static Dictionary<ulong, Bucket> Narrow(long[] counts, ulong prefix, IReadOnlyList<(long Rank, long Within)> wanted)
    {
        var narrowed = new Dictionary<ulong, Bucket>();
        var (at, before) = (0, 0L);
        foreach (var (rank, within) in wanted.OrderBy(w => w.Within))
        {
            while (before + counts[at] <= within)
            {
                before += counts[at++];
            }

            var key = prefix | (uint)at;
            (narrowed.TryGetValue(key, out var bucket) ? bucket : narrowed[key] = new Bucket(counts[at])).Wanted.Add((rank, within - before));
        }

        return narrowed;
    }

    /// <summary>The values that share their highest bits, and which of them are wanted.</summary>
    private sealed class Bucket(long size)
    {
        public long Size => size;

        public List<(long Rank, long Within)> Wanted { get; } = [];

        public List<ulong>? Held { get; private set; }

        public long[]? Counts { get; private set; }

        public void Begin(bool isHeld, int nextBits)
        {
            Held = isHeld ? new List<ulong>((int)size) : null;
            Counts = isHeld ? null : new long[1 << nextBits];
        }

        public void Add(ulong key, int bits)
        {
            if (Held is not null)
            {
                Held.Add(key);
            }
            else
            {
                Counts![(key >> (64 - bits - NextBits)) & ((1 << NextBits) - 1)]++;
            }
        }
    }
}
