namespace Features.Iceberg.Scans;

/// <summary>What a range of values says about a predicate: whether some row might match (inclusive) and whether all rows surely match (strict).</summary>
internal static class RangeTest
{
    public static bool MightMatch(BoundPredicate predicate, ValueRange range)
    {
        switch (predicate.Operator)
        {
            case PredicateOperator.IsNull:
                return range.CanBeNull;
            case PredicateOperator.NotNull:
                return range.CanHaveValues || range.CanBeNan;
            case PredicateOperator.IsNan:
                return range.CanBeNan;
            case PredicateOperator.NotNan:
                return range.CanHaveValues || range.CanBeNull;
            default:
                if (range.CanBeNan && (predicate.MayMatchNan || predicate.HasNanValue))
                {
                    return true;
                }

                return range.CanHaveValues && (predicate.HasNanValue || ValuesMightMatch(predicate, range));
        }
    }

    /// <summary>Never true on a guess: a row that does not match would come through.</summary>
    public static bool AllMatch(BoundPredicate predicate, ValueRange range)
    {
        switch (predicate.Operator)
        {
            case PredicateOperator.IsNull:
                return !range.CanHaveValues && !range.CanBeNan;
            case PredicateOperator.NotNull:
                return !range.CanBeNull;
            case PredicateOperator.IsNan:
                return !range.CanHaveValues && !range.CanBeNull;
            case PredicateOperator.NotNan:
                return !range.CanBeNan && !range.CanBeNull;
            default:
                return !range.CanBeNull && !range.CanBeNan && !predicate.HasNanValue && AllValuesMatch(predicate, range);
        }
    }

    private static bool ValuesMightMatch(BoundPredicate predicate, ValueRange range) => predicate.Operator switch
    {
        PredicateOperator.Equal => range.MayContain(predicate.Values[0]),
        PredicateOperator.NotEqual => !range.IsOnly(predicate.Values[0]),
        PredicateOperator.Less => range.StartsBelow(predicate.Values[0]),
        PredicateOperator.LessOrEqual => range.StartsAtOrBelow(predicate.Values[0]),
        PredicateOperator.Greater => range.EndsAbove(predicate.Values[0]),
        PredicateOperator.GreaterOrEqual => range.EndsAtOrAbove(predicate.Values[0]),
        PredicateOperator.In => predicate.Values.Any(range.MayContain),
        PredicateOperator.NotIn => !predicate.Values.Any(range.IsOnly),
        PredicateOperator.StartsWith => MayHold((string)predicate.Values[0], range),
        PredicateOperator.NotStartsWith => !BothStartWith((string)predicate.Values[0], range),
        _ => true,
    };

    private static bool AllValuesMatch(BoundPredicate predicate, ValueRange range) => predicate.Operator switch
    {
        PredicateOperator.Equal => range.IsOnly(predicate.Values[0]),
        PredicateOperator.NotEqual => !range.MayContain(predicate.Values[0]),
        PredicateOperator.Less => !range.EndsAtOrAbove(predicate.Values[0]),
        PredicateOperator.LessOrEqual => !range.EndsAbove(predicate.Values[0]),
        PredicateOperator.Greater => !range.StartsAtOrBelow(predicate.Values[0]),
        PredicateOperator.GreaterOrEqual => !range.StartsBelow(predicate.Values[0]),
        PredicateOperator.In => predicate.Values.Any(range.IsOnly),
        PredicateOperator.NotIn => !predicate.Values.Any(range.MayContain),
        PredicateOperator.StartsWith => BothStartWith((string)predicate.Values[0], range),
        PredicateOperator.NotStartsWith => !MayHold((string)predicate.Values[0], range),
        _ => false,
    };

    // Every string with the prefix lies at or above it; and one below the range's start, cut to the prefix's length, lies below every such string.
    private static bool MayHold(string prefix, ValueRange range) =>
        range.EndsAtOrAbove(prefix) && (range.Lower is not string lower || lower.StartsWith(prefix, StringComparison.Ordinal) || range.StartsAtOrBelow(prefix));

    // What lies between two strings with a prefix has the prefix.
    private static bool BothStartWith(string prefix, ValueRange range) =>
        range.Lower is string lower && range.Upper is string upper
        && lower.StartsWith(prefix, StringComparison.Ordinal) && upper.StartsWith(prefix, StringComparison.Ordinal);
}
