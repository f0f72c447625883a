using Features.Iceberg.Deletes;
using Features.Iceberg.Scans;

namespace Features.Iceberg.RowChanges;

/// <summary>The live rows of one data file that an operation is to remove.</summary>
/// <param name="Task">The data file.</param>
/// <param name="Positions">Their positions; null for all rows that are live.</param>
/// <param name="Count">How many they are.</param>
internal sealed record FileMatches(FileScanTask Task, DeletedPositions? Positions, long Count)
{
    /// <summary>True if no row of the file stays.</summary>
    public bool IsWhole => Positions is null;
}
