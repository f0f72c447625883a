using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>Applies a filter to manifests and files, by partition values and column metrics.</summary>
internal sealed class FileTest(BoundFilter? filter, TableMetadata metadata, Schema schema)
{
    // Files without field ids lack the columns that the mapping lacks; which files those are, only their footers tell.
    private readonly IReadOnlySet<int>? mapped = NameMappingProperty.FieldIds(metadata);

    /// <summary>The columns whose metrics the test looks at.</summary>
    public IEnumerable<int> FieldIds => filter?.Predicates().Select(p => p.FieldId) ?? [];

    /// <summary>False if no file of the manifest can hold a matching row.</summary>
    public bool MightMatch(ManifestFile manifest)
    {
        if (filter is null || manifest.Partitions is not { } summaries
            || metadata.PartitionSpecs.FirstOrDefault(s => s.SpecId == manifest.PartitionSpecId) is not { } spec || summaries.Count != spec.Fields.Count)
        {
            return true;
        }

        return MightMatch(filter, p => PartitionsMightMatch(p, spec, (i, type) => Range(summaries[i], type)));
    }

    /// <summary>False if the file can hold no matching row.</summary>
    public bool MightMatch(DataFile file, PartitionSpec spec) => filter is null
        || MightMatch(filter, p => PartitionsMightMatch(p, spec, (i, type) => PointOf(type, file.Partition[i])) && RangeTest.MightMatch(p, RangeOf(p, file)));

    /// <summary>False if the file's partition alone rules out a matching row.</summary>
    public bool PartitionMightMatch(DataFile file) => filter is null || metadata.PartitionSpecs.FirstOrDefault(s => s.SpecId == file.SpecId) is not { } spec
        || MightMatch(filter, p => PartitionsMightMatch(p, spec, (i, type) => PointOf(type, file.Partition[i])));

    /// <summary>The part of the filter that is not sure for every row of the file.</summary>
    public Filter Residual(DataFile file, PartitionSpec spec) => filter is null ? Filter.True : Residual(filter, file, spec) ?? Filter.True;

    /// <summary>False if a filter is false whatever a row has, by a test that is false where a predicate surely is.</summary>
    public static bool MightMatch(BoundFilter node, Func<BoundPredicate, bool> test) => node switch
    {
        BoundAnd and => MightMatch(and.Left, test) && MightMatch(and.Right, test),
        BoundOr or => MightMatch(or.Left, test) || MightMatch(or.Right, test),
        BoundConstant constant => constant.Value,
        BoundPredicate predicate => test(predicate),
        _ => true,
    };

    // Writers differ in whether a null struct counts as a null of its columns.
    private ValueRange RangeOf(BoundPredicate predicate, DataFile file) => mapped?.Contains(predicate.FieldId) == false ? ValueRange.Unknown(predicate.Type)
        : ColumnRange.Of(file, predicate.FieldId, predicate.Type) is var range && predicate.IsNested ? range with { CanBeNull = true } : range;

    /// <summary>Null: every row matches.</summary>
    private Filter? Residual(BoundFilter node, DataFile file, PartitionSpec spec)
    {
        switch (node)
        {
            case BoundAnd and:
                var (left, right) = (Residual(and.Left, file, spec), Residual(and.Right, file, spec));
                return left is null ? right : right is null ? left : left.And(right);
            case BoundOr or:
                if (Residual(or.Left, file, spec) is not { } a || Residual(or.Right, file, spec) is not { } b)
                {
                    return null;
                }

                return a.Or(b);
            case BoundConstant constant:
                return constant.Value ? null : Filter.True.Not();
            case BoundPredicate predicate:
                return RangeTest.AllMatch(predicate, RangeOf(predicate, file)) || IdentityMatches(predicate, file, spec) ? null : predicate.ToFilter();
            default:
                throw new InvalidTableArgumentException($"a filter of kind {node.GetType().Name} is not known");
        }
    }

    private static bool IdentityMatches(BoundPredicate predicate, DataFile file, PartitionSpec spec) =>
        spec.Fields.Select((f, i) => (f, i)).Any(p => p.f.SourceId == predicate.FieldId && p.f.Transform.Kind == TransformKind.Identity
            && p.i < file.Partition.Count && RangeTest.AllMatch(predicate, PointOf(predicate.Type, file.Partition[p.i])));

    private bool PartitionsMightMatch(BoundPredicate predicate, PartitionSpec spec, Func<int, PrimitiveType, ValueRange> rangeOf)
    {
        for (var i = 0; i < spec.Fields.Count; i++)
        {
            var field = spec.Fields[i];
            if (field.SourceId == predicate.FieldId && ResultType(field) is { } type && !PartitionProjection.MightMatch(predicate, field.Transform, rangeOf(i, type)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Null if the field says nothing: its transform is void or unknown, or its source column is gone.</summary>
    private PrimitiveType? ResultType(PartitionField field) =>
        field.Transform.Kind is TransformKind.Void or TransformKind.Unknown || schema.FindNested(field.SourceId) is not { } source ? null : field.Transform.ResultType(source.Type);

    // Partition values have the newest type of their column, predicates that of the schema which is read with.
    private static ValueRange PointOf(PrimitiveType type, object? value) =>
        PartitionValue.TryAs(value, type, out var converted) ? ValueRange.Of(type, converted) : ValueRange.Unknown(type);

    private static ValueRange Range(PartitionFieldSummary summary, PrimitiveType type) => ValueRange.Of(
        type,
        summary.ContainsNull,
        summary.ContainsNan ?? true,
        // Both bounds are missing when there are only nulls and NaNs; one alone would be a fault of the writer.
        summary.LowerBound is not null || summary.UpperBound is not null || !(summary.ContainsNull || summary.ContainsNan == true),
        summary.LowerBound,
        summary.UpperBound);
}
