using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>Tells from a footer's statistics whether a row group can hold a row that matches a filter.</summary>
/// <param name="filter">The filter; null for every row.</param>
/// <param name="footer">The file's footer.</param>
/// <param name="leaves">The leaves in the file's order, with their field ids.</param>
internal sealed class RowGroupTest(BoundFilter? filter, FileFooter footer, IReadOnlyList<FileNode> leaves)
{
    /// <summary>False only where no row surely matches.</summary>
    public bool MightMatch(FileRowGroup group) => filter is null || FileTest.MightMatch(filter, p => RangeOf(p, group) is not { } range || RangeTest.MightMatch(p, range));

    /// <summary>What is known of a column's values; null if nothing.</summary>
    private ValueRange? RangeOf(BoundPredicate predicate, FileRowGroup group)
    {
        for (var i = 0; i < leaves.Count; i++)
        {
            // What the file stores of row lineage is not all that rows have.
            if (leaves[i].FieldId != predicate.FieldId || leaves[i].Repetition > 0 || MetadataColumns.IsReserved(predicate.FieldId))
            {
                continue;
            }

            var (leaf, chunk) = (leaves[i], group.Chunks[i]);
            var nulls = leaf.Definition == 0 ? 0 : chunk.Statistics?.NullCount;
            var isFloating = predicate.Type.Kind is PrimitiveKind.Float or PrimitiveKind.Double;
            var (min, max) = Bounds(chunk.Statistics, leaf, i);
            return new ValueRange(
                predicate.Type,
                CanBeNull: nulls is not 0,
                CanBeNan: isFloating,
                CanHaveValues: nulls != chunk.ValueCount,
                StatisticValue.Of(min, leaf, predicate.Type),
                StatisticValue.Of(max, leaf, predicate.Type));
        }

        return null;
    }

    /// <summary>The bounds whose order is sure: that which the type defines, said so by the file; or plain numbers, in the deprecated bounds too, which compared all else as signed bytes.</summary>
    private (byte[]? Min, byte[]? Max) Bounds(ChunkStatistics? statistics, FileNode leaf, int index)
    {
        var isNumber = leaf.Element.Type is PhysicalKind.Boolean or PhysicalKind.Int32 or PhysicalKind.Int64 or PhysicalKind.Float or PhysicalKind.Double && leaf.Annotation.Meaning != Meaning.Unsigned;
        if (statistics is null || !(isNumber || (footer.OrderedLeaves.Count == leaves.Count && footer.OrderedLeaves[index])))
        {
            return (null, null);
        }

        return statistics.Min is null && statistics.Max is null && isNumber ? (statistics.DeprecatedMin, statistics.DeprecatedMax) : (statistics.Min, statistics.Max);
    }
}
