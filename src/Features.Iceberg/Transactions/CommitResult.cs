namespace Features.Iceberg.Transactions;

/// <summary>The table after a commit, and whether this commit changed it (false: the guard found the work done, or nothing was to change).</summary>
public sealed record CommitResult(Table Table, bool Changed);
