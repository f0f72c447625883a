using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>A filter bound to a schema: columns found, values converted, negations pushed down to the comparisons.</summary>
internal abstract record BoundFilter
{
    /// <summary>Binds a filter.</summary>
    /// <exception cref="InvalidTableArgumentException">A column does not exist or holds more than one value a row, or a value does not fit; every fault is named.</exception>
    public static BoundFilter? Bind(Filter filter, Schema schema)
    {
        var faults = new List<string>();
        var bound = Bind(filter, schema, negated: false, faults);
        return faults.Count == 0 ? bound : throw new InvalidTableArgumentException($"the filter cannot be applied: {string.Join("; ", faults)}");
    }

    /// <summary>The comparisons in it.</summary>
    public IEnumerable<BoundPredicate> Predicates() => this switch
    {
        BoundAnd and => and.Left.Predicates().Concat(and.Right.Predicates()),
        BoundOr or => or.Left.Predicates().Concat(or.Right.Predicates()),
        BoundPredicate predicate => [predicate],
        _ => [],
    };

    private static BoundFilter? Bind(Filter filter, Schema schema, bool negated, List<string> faults) => filter switch
    {
        Filter.All => negated ? new BoundConstant(false) : null,
        Filter.Negation not => Bind(not.Inner, schema, !negated, faults),
        Filter.Conjunction and => Combine(and.Left, and.Right, isAnd: !negated, schema, negated, faults),
        Filter.Disjunction or => Combine(or.Left, or.Right, isAnd: negated, schema, negated, faults),
        Filter.Predicate predicate => Bind(predicate, schema, negated, faults),
        _ => throw new InvalidTableArgumentException($"a filter of kind {filter.GetType().Name} is not known"),
    };

    private static BoundFilter? Combine(Filter left, Filter right, bool isAnd, Schema schema, bool negated, List<string> faults)
    {
        var (a, b) = (Bind(left, schema, negated, faults), Bind(right, schema, negated, faults));
        return isAnd ? (a is null ? b : b is null ? a : new BoundAnd(a, b)) : (a is null || b is null ? null : new BoundOr(a, b));
    }

    private static BoundPredicate? Bind(Filter.Predicate predicate, Schema schema, bool negated, List<string> faults)
    {
        var path = FieldPath.Find(schema.Fields, predicate.Column) ?? FieldPath.Find(MetadataColumns.Comparable, predicate.Column);
        if (path is null)
        {
            faults.Add($"there is no column '{predicate.Column}'; the columns are {string.Join(", ", schema.Fields.Select(f => f.Name))}");
            return null;
        }

        var field = path.Column;
        if (field.Type is not PrimitiveType type)
        {
            faults.Add($"column '{field.Name}' is nested and cannot be compared; name one within a struct as {predicate.Column}.NAME");
            return null;
        }

        var wanted = predicate.Comparison switch
        {
            Comparison.IsNull or Comparison.NotNull or Comparison.IsNan or Comparison.NotNan => predicate.Values.Count == 0,
            Comparison.In or Comparison.NotIn => true,
            _ => predicate.Values.Count == 1,
        };
        if (!wanted)
        {
            faults.Add($"{predicate.Comparison} on column '{field.Name}' does not take {predicate.Values.Count} values");
            return null;
        }

        if (predicate.Comparison == Comparison.StartsWith && type.Kind != PrimitiveKind.String)
        {
            faults.Add($"column '{field.Name}' is no string, so StartsWith does not apply");
            return null;
        }

        var values = new List<object>();
        foreach (var value in predicate.Values)
        {
            try
            {
                values.Add(SingleValue.Convert(value, type, field.Name));
            }
            catch (InvalidTableArgumentException error)
            {
                faults.Add(error.Message);
            }
        }

        return new BoundPredicate(field.Id, type, Operator(predicate.Comparison, negated), values, predicate, negated) { IsNested = path.IsNested };
    }

    private static PredicateOperator Operator(Comparison comparison, bool negated) => (comparison, negated) switch
    {
        (Comparison.Equal, false) or (Comparison.NotEqual, true) => PredicateOperator.Equal,
        (Comparison.NotEqual, false) or (Comparison.Equal, true) => PredicateOperator.NotEqual,
        (Comparison.Less, false) or (Comparison.GreaterOrEqual, true) => PredicateOperator.Less,
        (Comparison.LessOrEqual, false) or (Comparison.Greater, true) => PredicateOperator.LessOrEqual,
        (Comparison.Greater, false) or (Comparison.LessOrEqual, true) => PredicateOperator.Greater,
        (Comparison.GreaterOrEqual, false) or (Comparison.Less, true) => PredicateOperator.GreaterOrEqual,
        (Comparison.In, false) or (Comparison.NotIn, true) => PredicateOperator.In,
        (Comparison.NotIn, false) or (Comparison.In, true) => PredicateOperator.NotIn,
        (Comparison.StartsWith, false) => PredicateOperator.StartsWith,
        (Comparison.StartsWith, true) => PredicateOperator.NotStartsWith,
        (Comparison.IsNull, false) or (Comparison.NotNull, true) => PredicateOperator.IsNull,
        (Comparison.NotNull, false) or (Comparison.IsNull, true) => PredicateOperator.NotNull,
        (Comparison.IsNan, false) or (Comparison.NotNan, true) => PredicateOperator.IsNan,
        _ => PredicateOperator.NotNan,
    };
}

/// <summary>Every row (true) or none (false).</summary>
internal sealed record BoundConstant(bool Value) : BoundFilter;

/// <summary>Rows that match both.</summary>
internal sealed record BoundAnd(BoundFilter Left, BoundFilter Right) : BoundFilter;

/// <summary>Rows that match either.</summary>
internal sealed record BoundOr(BoundFilter Left, BoundFilter Right) : BoundFilter;

/// <summary>A comparison of a column by id, with the predicate it was bound from (<paramref name="IsNegated"/>: under a NOT).</summary>
internal sealed record BoundPredicate(int FieldId, PrimitiveType Type, PredicateOperator Operator, IReadOnlyList<object> Values, Filter.Predicate Source, bool IsNegated) : BoundFilter
{
    /// <summary>
    /// True if a NaN might match. Engines differ: to IEEE 754 every comparison with NaN but "different" is false, so that its negation is true; to SQL engines that sort it last, NaN is above every number.
    /// </summary>
    public bool MayMatchNan => IsNegated || Operator is PredicateOperator.Greater or PredicateOperator.GreaterOrEqual or PredicateOperator.NotEqual or PredicateOperator.NotIn;

    /// <summary>True if the column lies within a struct.</summary>
    public bool IsNested { get; init; }

    /// <summary>True if a value is NaN, about which engines differ, so that nothing is decided.</summary>
    public bool HasNanValue => Values.Any(v => ValueRange.IsNan(v));

    public Filter ToFilter() => IsNegated ? Source.Not() : Source;
}

/// <summary>Comparisons closed under negation.</summary>
internal enum PredicateOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    StartsWith,
    NotStartsWith,
    IsNull,
    NotNull,
    IsNan,
    NotNan,
}
