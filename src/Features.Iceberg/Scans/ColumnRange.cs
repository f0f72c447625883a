using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>What a file's metrics say of a column.</summary>
internal static class ColumnRange
{
    /// <summary>The range of a column's values by its id; nothing is known of what the writer left out.</summary>
    public static ValueRange Of(DataFile file, int fieldId, PrimitiveType type)
    {
        long? values = Count(file.ValueCounts, fieldId), nulls = Count(file.NullValueCounts, fieldId), nans = Count(file.NanValueCounts, fieldId);
        return ValueRange.Of(
            type,
            nulls is not 0,
            nans is not 0,
            // Some writers leave nulls out of the values, or put zeros for what they do not know; counts that hold every row are sound.
            !(values == file.RecordCount && nulls is not null && values == nulls + (nans ?? 0)),
            file.LowerBounds?.GetValueOrDefault(fieldId),
            file.UpperBounds?.GetValueOrDefault(fieldId));
    }

    private static long? Count(IReadOnlyDictionary<int, long>? counts, int id) => counts is not null && counts.TryGetValue(id, out var count) ? count : null;
}
