using System.Numerics;

namespace Features.Core.PointInTime;

/// <summary>
/// Exact sums of inserted values over ranges of ranks (a Fenwick tree of fixed-point numbers). The width is chosen for each group from the exponents that occur in it, so that nothing is
/// ever rounded before the end: 64 bits for small integers, up to 34 limbs for doubles from end to end.
/// </summary>
internal sealed class SumTree(bool isFloat)
{
    private readonly CountTree notANumber = new(), plusInfinity = new(), minusInfinity = new();
    private ulong[] nodes = [];
    private ulong[] sum = [];
    private int size;
    private int limbs;
    private int exponent;
    private bool hasNonFinite;

    /// <summary>Starts a group whose values are these cells (those that are not null).</summary>
    public void Reset(ReadOnlySpan<long> cells, ReadOnlySpan<bool> isNull)
    {
        size = cells.Length;
        hasNonFinite = false;
        var (low, high) = isFloat ? FloatRange(cells, isNull) : IntegerRange(cells, isNull);
        exponent = low;
        // One bit for the sign, and as many as the count may carry over.
        limbs = (high - low + BitOperations.Log2((uint)size | 1) + 2 + 63) / 64;
        Buffers.Clear(ref nodes, checked((size + 1) * limbs));
        sum = sum.Length == limbs ? sum : new ulong[limbs];
        if (hasNonFinite)
        {
            notANumber.Reset(size);
            plusInfinity.Reset(size);
            minusInfinity.Reset(size);
        }
    }

    public void Insert(int rank, long cell)
    {
        var (mantissa, shift) = (cell, 0);
        if (isFloat)
        {
            var value = OrderedDouble.Decode(cell);
            if (!double.IsFinite(value))
            {
                (double.IsNaN(value) ? notANumber : value > 0 ? plusInfinity : minusInfinity).Insert(rank);
                return;
            }

            if (value == 0)
            {
                return;
            }

            (mantissa, shift) = FixedPoint.Split(value);
            shift -= exponent;
        }

        if (limbs == 1)
        {
            for (var node = rank + 1; node <= size; node += node & -node)
            {
                nodes[node] += (ulong)mantissa << shift;
            }

            return;
        }

        for (var node = rank + 1; node <= size; node += node & -node)
        {
            FixedPoint.Add(nodes.AsSpan(node * limbs, limbs), mantissa, shift);
        }
    }

    /// <summary>The sum over the ranks in [from, to), rounded once.</summary>
    public double SumAsDouble(int from, int to)
    {
        if (hasNonFinite)
        {
            var (plus, minus) = (plusInfinity.Count(from, to) > 0, minusInfinity.Count(from, to) > 0);
            if (notANumber.Count(from, to) > 0 || plus && minus)
            {
                return double.NaN;
            }

            if (plus || minus)
            {
                return plus ? double.PositiveInfinity : double.NegativeInfinity;
            }
        }

        Gather(from, to);
        return FixedPoint.ToDouble(sum, exponent);
    }

    /// <summary>The sum over the ranks in [from, to) of integers; null if it does not fit.</summary>
    public long? SumAsInt64(int from, int to)
    {
        Gather(from, to);
        return FixedPoint.ToInt64(sum);
    }

    private void Gather(int from, int to)
    {
        if (limbs == 1)
        {
            var total = 0UL;
            for (var node = to; node > 0; node &= node - 1)
            {
                total += nodes[node];
            }

            for (var node = from; node > 0; node &= node - 1)
            {
                total -= nodes[node];
            }

            sum[0] = total;
            return;
        }

        sum.AsSpan().Clear();
        for (var node = to; node > 0; node &= node - 1)
        {
            FixedPoint.Accumulate(sum, nodes.AsSpan(node * limbs, limbs), subtract: false);
        }

        for (var node = from; node > 0; node &= node - 1)
        {
            FixedPoint.Accumulate(sum, nodes.AsSpan(node * limbs, limbs), subtract: true);
        }
    }

    /// <summary>The lowest and one past the highest bit that any value sets.</summary>
    private (int Low, int High) FloatRange(ReadOnlySpan<long> cells, ReadOnlySpan<bool> isNull)
    {
        var (low, high) = (int.MaxValue, int.MinValue);
        for (var i = 0; i < cells.Length; i++)
        {
            var value = OrderedDouble.Decode(cells[i]);
            if (isNull[i] || value == 0)
            {
                continue;
            }

            if (!double.IsFinite(value))
            {
                hasNonFinite = true;
                continue;
            }

            var (mantissa, shift) = FixedPoint.Split(value);
            low = Math.Min(low, shift);
            high = Math.Max(high, shift + 64 - BitOperations.LeadingZeroCount((ulong)Math.Abs(mantissa)));
        }

        return low == int.MaxValue ? (0, 1) : (low, high);
    }

    private static (int Low, int High) IntegerRange(ReadOnlySpan<long> cells, ReadOnlySpan<bool> isNull)
    {
        var bits = 0UL;
        for (var i = 0; i < cells.Length; i++)
        {
            bits |= isNull[i] ? 0 : (ulong)(cells[i] ^ (cells[i] >> 63));
        }

        return (0, 65 - BitOperations.LeadingZeroCount(bits));
    }
}
