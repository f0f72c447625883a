using System.Numerics;
using System.Runtime.CompilerServices;

namespace Features.Ordering;

/// <summary>
/// The arithmetic of <c>feistel-v1</c>: one keyed permutation of [0, N), as a value, so that an order of many groups keys one for each
/// without allocating. Specified to the bit in <c>schemas/ordering/README.md</c>.
/// </summary>
internal readonly struct Feistel
{
    public const int Rounds = 8;
    public const ulong Multiplier = 0xD6E8FEB86659FD93;

    // Halves of less than four bits mix too slowly: on eight values the rounds favour some permutations.
    private const int LeastBits = 8;
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private readonly KeySchedule keys;

    public Feistel(ulong count, ulong seed, ulong epoch)
    {
        Count = count;
        var bits = count <= 1 << LeastBits ? LeastBits : 64 - BitOperations.LeadingZeroCount(count - 1);
        RightBits = bits - (bits / 2);
        RightMask = (1UL << RightBits) - 1;
        LeftMask = (1UL << (bits / 2)) - 1;

        var state = Derive(seed, epoch);
        for (var round = 0; round < Rounds; round++)
        {
            state = unchecked(state + Golden);
            keys[round] = Mix(state);
        }
    }

    /// <summary>N.</summary>
    public ulong Count { get; }

    public int RightBits { get; }

    public ulong LeftMask { get; }

    public ulong RightMask { get; }

    public ulong Key(int round) => keys[round];

    /// <summary>A number that belongs to a key and a number under it; for one key, each number gives its own.</summary>
    public static ulong Derive(ulong key, ulong number) => Mix(Mix(unchecked(key + Golden)) ^ number);

    /// <summary>The value at a position in [0, N).</summary>
    public ulong At(ulong position)
    {
        // The network permutes [0, 2^bits); leaving out what lies past N keeps it a permutation of [0, N).
        var value = position;
        do
        {
            value = Network(value);
        }
        while (value >= Count);
        return value;
    }

    /// <summary>The position in [0, N) that holds a value in [0, N).</summary>
    public ulong PositionOf(ulong value)
    {
        var position = value;
        do
        {
            position = Inverse(position);
        }
        while (position >= Count);
        return position;
    }

    private ulong Network(ulong value)
    {
        var left = value >> RightBits;
        var right = value & RightMask;
        for (var round = 0; round < Rounds; round += 2)
        {
            left ^= Round(right, keys[round]) & LeftMask;
            right ^= Round(left, keys[round + 1]) & RightMask;
        }

        return (left << RightBits) | right;
    }

    private ulong Inverse(ulong value)
    {
        var left = value >> RightBits;
        var right = value & RightMask;
        for (var round = Rounds - 2; round >= 0; round -= 2)
        {
            right ^= Round(left, keys[round + 1]) & RightMask;
            left ^= Round(right, keys[round]) & LeftMask;
        }

        return (left << RightBits) | right;
    }

    // The high half of the second product has felt every bit of the key and of the value.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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

    [InlineArray(Rounds)]
    private struct KeySchedule
    {
        private ulong first;
    }
}
