using System.Runtime.InteropServices;

namespace Features.Ordering;

/// <summary>
/// A keyed pseudo-random permutation of [0, N): algorithm <c>feistel-v1</c>, an alternating Feistel network over the smallest
/// power of two from 256 that holds N, walked along its cycle until it lands inside. Evaluated at any position in O(1), with no table.
/// Specified to the bit in <c>schemas/ordering/README.md</c>, with vectors.
/// </summary>
public sealed class Permutation
{
    /// <summary>The algorithm's name and version, as orders and tickets carry it.</summary>
    public const string Algorithm = "feistel-v1";

    /// <summary>The largest N: 2^62.</summary>
    public const long MaxCount = 1L << 62;

    private readonly Feistel network;

    /// <summary>The permutation of [0, <paramref name="count"/>) that belongs to a seed and an epoch.</summary>
    /// <param name="count">N, from 0 to <see cref="MaxCount"/>.</param>
    /// <param name="seed">Any value; equal seeds give equal permutations everywhere.</param>
    /// <param name="epoch">Any value; each epoch of a seed is its own permutation.</param>
    public Permutation(long count, long seed, long epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        Count = count;
        network = new Feistel((ulong)count, unchecked((ulong)seed), unchecked((ulong)epoch));
    }

    /// <summary>N.</summary>
    public long Count { get; }

    /// <summary>The value at a position in [0, N).</summary>
    public long this[long position]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(position);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, Count);
            return (long)network.At((ulong)position);
        }
    }

    /// <summary>Writes the values at positions [<paramref name="first"/>, <paramref name="first"/> + length), all inside [0, N).</summary>
    public void Fill(long first, Span<long> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Count - values.Length);
        FeistelRun.Fill(network, (ulong)first, MemoryMarshal.Cast<long, ulong>(values));
    }
}
