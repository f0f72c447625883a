using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Deletes;

/// <summary>Whether the key rows of an equality delete file can equal a row of a data file, by the metrics of both.</summary>
internal static class KeyOverlap
{
    /// <summary>False if surely no row of the data file equals a key row.</summary>
    public static bool MayMatch(DataFile delete, DataFile file, Schema key)
    {
        // Writers differ in whether a null struct counts as a null of its columns, so those within structs say nothing.
        foreach (var field in key.Fields)
        {
            if (field.Type is PrimitiveType type && !MayMatch(ColumnRange.Of(delete, field.Id, type), ColumnRange.Of(file, field.Id, type)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool MayMatch(ValueRange keys, ValueRange rows) =>
        (keys.CanBeNull && rows.CanBeNull) || (keys.CanBeNan && rows.CanBeNan)
        || (keys.CanHaveValues && rows.CanHaveValues
            && (rows.Lower is null || keys.EndsAtOrAbove(rows.Lower)) && (keys.Lower is null || rows.EndsAtOrAbove(keys.Lower)));
}
