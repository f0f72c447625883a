using Features.Iceberg;
using Features.Iceberg.Scans;

namespace Features.Core.Governance;

/// <summary>A read that was allowed and audited: the table, the pinned plan, and what was decided.</summary>
public sealed record PinnedRead(Table Table, ScanPlan Plan, PolicyDecision Decision);
