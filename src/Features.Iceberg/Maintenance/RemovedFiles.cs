namespace Features.Iceberg.Maintenance;

/// <summary>What became of files that were to be removed.</summary>
/// <param name="Removed">How many are gone now (those that were gone before are counted too).</param>
/// <param name="Failed">Those that the store would not remove, with its reason. They are orphans now, which <see cref="OrphanRemoval"/> finds.</param>
public sealed record RemovedFiles(int Removed, IReadOnlyList<(string Location, string Reason)> Failed);
