using Features.Core.Definitions;

namespace Features.Core.Tests.PointInTime;

/// <summary>The rules of a point-in-time join as plainly as they can be said: the oracle of every implementation.</summary>
internal static class NestedLoop
{
    /// <summary>A source row; <paramref name="Order"/> is its place in the canonical order. Null keys and clocks match nothing.</summary>
    public sealed record Row(string? Key, long? Event, long? Available, int Order, double? Number, long? Whole)
    {
        public string? Text { get; init; }
    }

    public sealed record Spine(string? Key, long? Moment);

    public static IEnumerable<Row> Candidates(IEnumerable<Row> rows, Spine spine, bool hasAvailable, bool inclusive)
    {
        foreach (var row in rows)
        {
            if (row.Key is null || spine.Key is null || row.Key != spine.Key || spine.Moment is not { } now || row.Event is not { } happened || happened > now)
            {
                continue;
            }

            if (hasAvailable && (row.Available is not { } known || (inclusive ? known > now : known >= now)))
            {
                continue;
            }

            yield return row;
        }
    }

    public static Row? Latest(IEnumerable<Row> rows, Spine spine, long? ttl, bool hasAvailable, bool inclusive)
    {
        Row? winner = null;
        foreach (var row in Candidates(rows, spine, hasAvailable, inclusive).Where(r => ttl is null || r.Event >= (Int128)spine.Moment!.Value - ttl))
        {
            var known = hasAvailable ? row.Available : row.Event;
            var best = hasAvailable ? winner?.Available : winner?.Event;
            if (winner is null || row.Event > winner.Event || row.Event == winner.Event && (known > best || known == best && row.Order > winner.Order))
            {
                winner = row;
            }
        }

        return winner;
    }

    public static IReadOnlyList<Row> Window(IEnumerable<Row> rows, Spine spine, long window, bool hasAvailable, bool inclusive, bool isLeft = false) =>
    [
        .. Candidates(rows, spine, hasAvailable, inclusive)
            .Where(r => isLeft ? r.Event >= (Int128)spine.Moment!.Value - window && r.Event < spine.Moment : r.Event > (Int128)spine.Moment!.Value - window),
    ];

    /// <summary>Rows in the view's order.</summary>
    public static IReadOnlyList<Row> Ordered(IEnumerable<Row> rows, bool hasAvailable) =>
        [.. rows.OrderBy(r => r.Event).ThenBy(r => hasAvailable ? r.Available : r.Event).ThenBy(r => r.Order)];

    /// <summary>The correctly rounded sum, by way of rational numbers.</summary>
    public static double ExactSum(IEnumerable<double> values)
    {
        var all = values.ToList();
        if (all.Any(double.IsNaN) || all.Contains(double.PositiveInfinity) && all.Contains(double.NegativeInfinity))
        {
            return double.NaN;
        }

        if (all.FirstOrDefault(double.IsInfinity) is var infinite && infinite != 0)
        {
            return infinite;
        }

        // Every double is a multiple of 2^-1074.
        var sum = System.Numerics.BigInteger.Zero;
        foreach (var value in all)
        {
            var bits = BitConverter.DoubleToInt64Bits(value);
            var biased = (int)(bits >> 52) & 0x7FF;
            var mantissa = bits & 0xF_FFFF_FFFF_FFFF | (biased == 0 ? 0 : 1L << 52);
            sum += (value < 0 ? -1 : 1) * (System.Numerics.BigInteger)mantissa << (Math.Max(biased, 1) - 1);
        }

        return Nearest(sum);
    }

    private static double Nearest(System.Numerics.BigInteger sum)
    {
        var magnitude = System.Numerics.BigInteger.Abs(sum);
        var bits = (int)magnitude.GetBitLength();
        var excess = Math.Max(0, bits - 53);
        var head = magnitude >> excess;
        var rest = magnitude - (head << excess);
        var half = excess == 0 ? System.Numerics.BigInteger.Zero : System.Numerics.BigInteger.One << (excess - 1);
        head += excess > 0 && (rest > half || rest == half && !head.IsEven) ? 1 : 0;

        // In two steps, since 2^-1074 alone times a large head would underflow on the way.
        var value = (double)head;
        for (var power = excess - 1074; power != 0;)
        {
            var step = Math.Clamp(power, -500, 500);
            value *= Math.Pow(2, step);
            power -= step;
        }

        return sum.Sign < 0 ? -value : value;
    }

    public static double? Of(Aggregate aggregate, IReadOnlyList<double> values) => aggregate switch
    {
        Aggregate.Count => values.Count,
        _ when values.Count == 0 => null,
        Aggregate.Sum => ExactSum(values),
        Aggregate.Avg => ExactSum(values) / values.Count,
        Aggregate.Min => values.All(double.IsNaN) ? double.NaN : values.Where(v => !double.IsNaN(v)).Min(),
        _ => values.Any(double.IsNaN) ? double.NaN : values.Max(),
    };
}
