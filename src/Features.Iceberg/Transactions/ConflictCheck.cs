using Features.Iceberg.Scans;

namespace Features.Iceberg.Transactions;

/// <summary>What a commit checks, at every attempt, of the snapshots that others committed since the table was read.</summary>
/// <param name="FromSnapshotId">The snapshot that was read; null if the branch had none, and then all of its history counts.</param>
/// <param name="Isolation">How much is tolerated.</param>
/// <param name="Filter">The rows that the operation depends on: files that can hold no such row are no conflict. <see cref="Filter.True"/> for all.</param>
public sealed record ConflictCheck(long? FromSnapshotId, IsolationLevel Isolation, Filter Filter);
