using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Features.Ordering;

/// <summary>
/// A permutation applied to many positions at once, as fast as the processor multiplies. Positions pass the network together; those that
/// land outside are drawn together and pass again, so that no vector waits for its slowest member. Same values as <see cref="Feistel.At"/>.
/// </summary>
internal static class FeistelRun
{
    // Four vectors at a time hide the latency of the products.
    private const int Interleaved = 4;
    private const int Chunk = 256;
    private const int LeastForVectors = 16;

    /// <summary>Values that this processor passes in one vector; 1 if it has none that pay.</summary>
    private static readonly int Width = Vector512.IsHardwareAccelerated ? Vector512<ulong>.Count : Vector256.IsHardwareAccelerated ? Vector256<ulong>.Count : 1;

    /// <summary>Writes the values at positions from <paramref name="first"/> on.</summary>
    public static void Fill(in Feistel network, ulong first, Span<ulong> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = first + (ulong)i;
        }

        Map(network, values);
    }

    /// <summary>Replaces positions by their values.</summary>
    public static void Map(in Feistel network, Span<ulong> values) => Map(network, values, values.Length < LeastForVectors ? 1 : Width);

    /// <summary>The same with vectors of 8, 4 or 1 values, whether or not the processor has them: every width gives the same.</summary>
    internal static void Map(in Feistel network, Span<ulong> values, int width)
    {
        if (width == 1)
        {
            foreach (ref var value in values)
            {
                value = network.At(value);
            }

            return;
        }

        Span<ulong> work = stackalloc ulong[Chunk];
        Span<int> outside = stackalloc int[Chunk];
        for (; values.Length > 0; values = values[Math.Min(Chunk, values.Length)..])
        {
            MapChunk(network, values[..Math.Min(Chunk, values.Length)], work, outside, width);
        }
    }

    private static void MapChunk(in Feistel network, Span<ulong> values, Span<ulong> work, Span<int> outside, int width)
    {
        values.CopyTo(work);
        Pass(network, work[..RoundUp(values.Length, width)], width);
        var pending = 0;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = work[i];
            outside[pending] = i;
            pending += work[i] >= network.Count ? 1 : 0;
        }

        while (pending > 0)
        {
            for (var i = 0; i < pending; i++)
            {
                work[i] = values[outside[i]];
            }

            Pass(network, work[..RoundUp(pending, width)], width);
            var still = 0;
            for (var i = 0; i < pending; i++)
            {
                var place = outside[i];
                values[place] = work[i];
                outside[still] = place;
                still += work[i] >= network.Count ? 1 : 0;
            }

            pending = still;
        }
    }

    // What lies between the values and the next whole vector is passed too, and never read.
    private static int RoundUp(int length, int width) => (length + (Interleaved * width) - 1) / (Interleaved * width) * (Interleaved * width);

    private static void Pass(in Feistel network, Span<ulong> values, int width)
    {
        ref var start = ref MemoryMarshal.GetReference(values);
        for (var i = 0; i < values.Length; i += Interleaved * width)
        {
            if (width == Vector512<ulong>.Count)
            {
                Pass512(network, ref Unsafe.Add(ref start, i));
            }
            else
            {
                Pass256(network, ref Unsafe.Add(ref start, i));
            }
        }
    }

    // The same twice: .NET gives no name in common to vectors of two widths.
    private static void Pass512(in Feistel network, ref ulong values)
    {
        const int W = 8;
        var (bits, leftMask, rightMask) = (network.RightBits, Vector512.Create(network.LeftMask), Vector512.Create(network.RightMask));
        var v0 = Vector512.LoadUnsafe(ref values);
        var v1 = Vector512.LoadUnsafe(ref values, W);
        var v2 = Vector512.LoadUnsafe(ref values, 2 * W);
        var v3 = Vector512.LoadUnsafe(ref values, 3 * W);
        var (l0, l1, l2, l3) = (v0 >> bits, v1 >> bits, v2 >> bits, v3 >> bits);
        var (r0, r1, r2, r3) = (v0 & rightMask, v1 & rightMask, v2 & rightMask, v3 & rightMask);
        for (var round = 0; round < Feistel.Rounds; round += 2)
        {
            var key = Vector512.Create(network.Key(round));
            l0 ^= Round(r0, key) & leftMask;
            l1 ^= Round(r1, key) & leftMask;
            l2 ^= Round(r2, key) & leftMask;
            l3 ^= Round(r3, key) & leftMask;
            key = Vector512.Create(network.Key(round + 1));
            r0 ^= Round(l0, key) & rightMask;
            r1 ^= Round(l1, key) & rightMask;
            r2 ^= Round(l2, key) & rightMask;
            r3 ^= Round(l3, key) & rightMask;
        }

        ((l0 << bits) | r0).StoreUnsafe(ref values);
        ((l1 << bits) | r1).StoreUnsafe(ref values, W);
        ((l2 << bits) | r2).StoreUnsafe(ref values, 2 * W);
        ((l3 << bits) | r3).StoreUnsafe(ref values, 3 * W);
    }

    private static void Pass256(in Feistel network, ref ulong values)
    {
        const int W = 4;
        var (bits, leftMask, rightMask) = (network.RightBits, Vector256.Create(network.LeftMask), Vector256.Create(network.RightMask));
        var v0 = Vector256.LoadUnsafe(ref values);
        var v1 = Vector256.LoadUnsafe(ref values, W);
        var v2 = Vector256.LoadUnsafe(ref values, 2 * W);
        var v3 = Vector256.LoadUnsafe(ref values, 3 * W);
        var (l0, l1, l2, l3) = (v0 >> bits, v1 >> bits, v2 >> bits, v3 >> bits);
        var (r0, r1, r2, r3) = (v0 & rightMask, v1 & rightMask, v2 & rightMask, v3 & rightMask);
        for (var round = 0; round < Feistel.Rounds; round += 2)
        {
            var key = Vector256.Create(network.Key(round));
            l0 ^= Round(r0, key) & leftMask;
            l1 ^= Round(r1, key) & leftMask;
            l2 ^= Round(r2, key) & leftMask;
            l3 ^= Round(r3, key) & leftMask;
            key = Vector256.Create(network.Key(round + 1));
            r0 ^= Round(l0, key) & rightMask;
            r1 ^= Round(l1, key) & rightMask;
            r2 ^= Round(l2, key) & rightMask;
            r3 ^= Round(l3, key) & rightMask;
        }

        ((l0 << bits) | r0).StoreUnsafe(ref values);
        ((l1 << bits) | r1).StoreUnsafe(ref values, W);
        ((l2 << bits) | r2).StoreUnsafe(ref values, 2 * W);
        ((l3 << bits) | r3).StoreUnsafe(ref values, 3 * W);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Round(Vector512<ulong> value, Vector512<ulong> key)
    {
        var z = (value + key) * Vector512.Create(Feistel.Multiplier);
        z ^= z >>> 32;
        return (z * Vector512.Create(Feistel.Multiplier)) >>> 32;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Round(Vector256<ulong> value, Vector256<ulong> key)
    {
        var z = (value + key) * Vector256.Create(Feistel.Multiplier);
        z ^= z >>> 32;
        return (z * Vector256.Create(Feistel.Multiplier)) >>> 32;
    }
}
