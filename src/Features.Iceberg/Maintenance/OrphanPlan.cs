using Features.Iceberg.Storage;

namespace Features.Iceberg.Maintenance;

/// <summary>The orphans that were found.</summary>
/// <param name="Table">The table, at the version that was compared.</param>
/// <param name="OlderThan">Files changed at or after this time were left alone.</param>
/// <param name="Files">The files that nothing names, by location.</param>
/// <param name="NestedTables">Folders of other tables within this one's, of which nothing is listed; move such tables out.</param>
/// <param name="FilesSeen">How many files were looked at.</param>
public sealed record OrphanPlan(Table Table, DateTimeOffset OlderThan, IReadOnlyList<ObjectInfo> Files, IReadOnlyList<string> NestedTables, long FilesSeen)
{
    /// <summary>What removing them would free.</summary>
    public long Bytes => Files.Sum(f => f.Length);
}
