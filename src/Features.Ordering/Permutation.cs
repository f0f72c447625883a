using System.Numerics;

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

    private const int Rounds = 8;

    // Halves of less than four bits mix too slowly: on eight values the rounds favour some permutations.
    private const int LeastBits = 8;
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private const ulong Multiplier = 0xD6E8FEB86659FD93;

    private readonly ulong[] keys = new ulong[Rounds];
    private readonly int rightBits;
    private readonly ulong leftMask;
    private readonly ulong rightMask;

    /// <summary>The permutation of [0, <paramref name="count"/>) that belongs to a seed and an epoch.</summary>
    /// <param name="count">N, from 0 to <see cref="MaxCount"/>.</param>
    /// <param name="seed">Any value; equal seeds give equal permutations everywhere.</param>
    /// <param name="epoch">Any value; each epoch of a seed is its own permutation.</param>
    public Permutation(long count, long seed, long epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        Count = count;
        var bits = count <= 1 << LeastBits ? LeastBits : 64 - BitOperations.LeadingZeroCount((ulong)count - 1);
        rightBits = bits - (bits / 2);
        rightMask = (1UL << rightBits) - 1;
        leftMask = (1UL << (bits / 2)) - 1;

        var state = Mix(Mix(unchecked((ulong)seed + Golden)) ^ (ulong)epoch);
        for (var round = 0; round < Rounds; round++)
        {
            state = unchecked(state + Golden);
            keys[round] = Mix(state);
        }
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
            return Walk((ulong)position);
        }
    }

    /// <summary>Writes the values at positions [<paramref name="first"/>, <paramref name="first"/> + length), all inside [0, N).</summary>
    public void Fill(long first, Span<long> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Count - values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Walk((ulong)(first + i));
        }
    }

    // The network permutes [0, 2^bits); leaving out what lies past N keeps it a permutation of [0, N).
    private long Walk(ulong value)
    {
        do
        {
            value = Network(value);
        }
        while (value >= (ulong)Count);
        return (long)value;
    }

    private ulong Network(ulong value)
    {
        var left = value >> rightBits;
        var right = value & rightMask;
        ReadOnlySpan<ulong> k = keys;
        for (var round = 0; round + 1 < k.Length; round += 2)
        {
            left ^= Round(right, k[round]) & leftMask;
            right ^= Round(left, k[round + 1]) & rightMask;
        }

        return (left << rightBits) | right;
    }

    // The high half of the second product has felt every bit of the key and of the value.
    private static ulong Round(ulong value, ulong key)
    {
        var z = unchecked((value + key) * Multiplier);
        z ^= z >> 32;
        return unchecked(z * Multiplier) >> 32;
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
