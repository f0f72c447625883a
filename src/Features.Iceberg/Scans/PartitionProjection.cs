using System.Numerics;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>The inclusive projection of a predicate through a partition transform: whether a partition with these values might hold a matching row.</summary>
internal static class PartitionProjection
{
    /// <summary><paramref name="range"/> is of the transform's results.</summary>
    public static bool MightMatch(BoundPredicate predicate, Transform transform, ValueRange range)
    {
        switch (transform.Kind)
        {
            case TransformKind.Identity:
                return RangeTest.MightMatch(predicate, range);
            case TransformKind.Void or TransformKind.Unknown:
                return true;
        }

        // Null alone transforms to null, in all the others.
        switch (predicate.Operator)
        {
            case PredicateOperator.IsNull:
                return range.CanBeNull;
            case PredicateOperator.NotNan:
                return true;
            case PredicateOperator.NotNull or PredicateOperator.NotEqual or PredicateOperator.NotIn or PredicateOperator.NotStartsWith:
                return range.CanHaveValues;
            case PredicateOperator.IsNan:
                return range.CanHaveValues;
        }

        return range.CanHaveValues && (transform.Kind == TransformKind.Bucket ? BucketMightMatch(predicate, transform, range) : OrderedMightMatch(predicate, transform, range));
    }

    private static bool BucketMightMatch(BoundPredicate predicate, Transform transform, ValueRange range) =>
        predicate.Operator is not (PredicateOperator.Equal or PredicateOperator.In)
        || predicate.Values.Any(v => range.MayContain(transform.Apply(v, predicate.Type)!));

    // Truncation and the time transforms keep the order, so that a bound on the column is a bound on the result.
    private static bool OrderedMightMatch(BoundPredicate predicate, Transform transform, ValueRange range) => predicate.Operator switch
    {
        PredicateOperator.Equal or PredicateOperator.In => predicate.Values.Any(v => EqualMightMatch(v, predicate, transform, range)),
        PredicateOperator.Less => range.StartsAtOrBelow(Highest(transform.Apply(Before(predicate.Values[0], predicate.Type), predicate.Type)!, transform)),
        PredicateOperator.LessOrEqual => range.StartsAtOrBelow(Highest(transform.Apply(predicate.Values[0], predicate.Type)!, transform)),
        PredicateOperator.Greater => range.EndsAtOrAbove(transform.Apply(After(predicate.Values[0], predicate.Type), predicate.Type)!),
        PredicateOperator.GreaterOrEqual => range.EndsAtOrAbove(transform.Apply(predicate.Values[0], predicate.Type)!),
        PredicateOperator.StartsWith => PrefixMightMatch((string)predicate.Values[0], predicate, transform, range),
        _ => true,
    };

    private static bool EqualMightMatch(object value, BoundPredicate predicate, Transform transform, ValueRange range)
    {
        var result = transform.Apply(value, predicate.Type)!;
        return range.StartsAtOrBelow(Highest(result, transform)) && range.EndsAtOrAbove(result);
    }

    private static bool PrefixMightMatch(string prefix, BoundPredicate predicate, Transform transform, ValueRange range)
    {
        var cut = (string)transform.Apply(prefix, predicate.Type)!;
        return RangeTest.MightMatch(predicate with { Values = [cut] }, range);
    }

    // Early writers rounded times before 1970 towards zero and so one too high.
    private static object Highest(object result, Transform transform) =>
        transform.Kind is TransformKind.Year or TransformKind.Month or TransformKind.Day or TransformKind.Hour && result is int and < 0 ? (int)result + 1 : result;

    private static object Before(object value, PrimitiveType type) => value switch
    {
        int i when i > int.MinValue => i - 1,
        long l when l > long.MinValue => l - 1,
        BigInteger b when BigInteger.Abs(b - 1) < BigInteger.Pow(10, type.Precision) => b - 1,
        _ => value,
    };

    private static object After(object value, PrimitiveType type) => value switch
    {
        int i when i < int.MaxValue => i + 1,
        long l when l < long.MaxValue => l + 1,
        BigInteger b when BigInteger.Abs(b + 1) < BigInteger.Pow(10, type.Precision) => b + 1,
        _ => value,
    };
}
