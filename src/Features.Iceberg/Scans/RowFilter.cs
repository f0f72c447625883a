using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.Scans;

/// <summary>
/// Evaluates a filter on batches by SQL's three-valued logic: a comparison with null is unknown, and only rows for which the whole is true are selected. NaN equals NaN and is above every number, and the zeros
/// are equal whatever their sign, as engines have it; strings compare by code point, bytes unsigned.
/// </summary>
public sealed class RowFilter
{
    private readonly BoundFilter? filter;
    private readonly Dictionary<BoundPredicate, FieldPath> paths = new(ReferenceEqualityComparer.Instance);

    /// <summary>Binds a filter to the columns of batches.</summary>
    /// <param name="filter">The filter; <see cref="Filter.True"/> selects every row.</param>
    /// <param name="schema">The batches' columns, in order.</param>
    /// <exception cref="InvalidTableArgumentException">A column does not exist, or a value does not fit; every fault is named.</exception>
    public RowFilter(Filter filter, Schema schema)
        : this(BoundFilter.Bind(filter, schema), schema)
    {
    }

    /// <summary>Binds a filter whose columns were found already, and are found again by id.</summary>
    internal RowFilter(BoundFilter? filter, Schema schema)
    {
        this.filter = filter;
        foreach (var predicate in filter?.Predicates() ?? [])
        {
            paths[predicate] = FieldPath.Find(schema.Fields, predicate.FieldId)
                ?? throw new InvalidTableArgumentException($"the filter cannot be applied: the rows have no column '{predicate.Source.Column}'");
        }
    }

    /// <summary>The rows for which the filter is true.</summary>
    public RowSelection Of(RecordBatch batch) => filter is null ? new RowSelection(batch.Length) : new RowSelection(Evaluate(filter, batch));

    // Negations are pushed down to the comparisons, so that "unknown" may count as "not true" all the way up.
    private bool[] Evaluate(BoundFilter node, RecordBatch batch)
    {
        switch (node)
        {
            case BoundAnd and:
                var (both, right) = (Evaluate(and.Left, batch), Evaluate(and.Right, batch));
                for (var i = 0; i < both.Length; i++)
                {
                    both[i] &= right[i];
                }

                return both;
            case BoundOr or:
                var (either, other) = (Evaluate(or.Left, batch), Evaluate(or.Right, batch));
                for (var i = 0; i < either.Length; i++)
                {
                    either[i] |= other[i];
                }

                return either;
            case BoundPredicate predicate:
                return ColumnTest.Evaluate(predicate, paths[predicate].Arrays(batch));
            default:
                var rows = new bool[batch.Length];
                rows.AsSpan().Fill(node is BoundConstant { Value: true });
                return rows;
        }
    }
}
