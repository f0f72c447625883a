using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Iceberg.Maintenance;

/// <summary>What an expiry did.</summary>
/// <param name="Commit">The table after it.</param>
/// <param name="Snapshots">The snapshots that are gone.</param>
/// <param name="Refs">The branches and tags that are gone.</param>
/// <param name="Files">What became of their files.</param>
public sealed record SnapshotExpiryResult(CommitResult Commit, IReadOnlyList<Snapshot> Snapshots, IReadOnlyList<string> Refs, RemovedFiles Files);
