using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;

namespace Features.Iceberg.Transactions;

/// <summary>Which files concern an operation: those that might hold a row of the filter, and, where partitions are given, lie in one of them.</summary>
internal sealed record ConflictScope(Filter Filter, IReadOnlySet<(int SpecId, PartitionKey Partition)>? Partitions = null);
