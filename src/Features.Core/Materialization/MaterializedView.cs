namespace Features.Core.Materialization;

/// <summary>What materialising a view came to.</summary>
/// <param name="View">The view.</param>
/// <param name="Mode">What was done last.</param>
/// <param name="From">The tables' snapshots before, by table; empty if it was never materialised. A null snapshot is a table without one.</param>
/// <param name="To">The tables' snapshots that it now holds.</param>
/// <param name="RowsRead">Rows that were read for it.</param>
/// <param name="KeysWritten">Keys that were added to or put again.</param>
/// <param name="KeysRecomputed">Those among them that were put again with all their rows, though not everything was.</param>
/// <param name="Resumed">True if a step that had been begun was taken to its end.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record MaterializedView(
    string View,
    MaterializationMode Mode,
    IReadOnlyDictionary<string, long?> From,
    IReadOnlyDictionary<string, long?> To,
    long RowsRead,
    long KeysWritten,
    long KeysRecomputed,
    bool Resumed,
    TimeSpan Elapsed);
