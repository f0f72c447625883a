using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Scans;

/// <summary>One file of a scan.</summary>
/// <param name="Task">What is read.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Columns">Its columns, with the field ids that stand in it. Files of equal schema share one list, so that its reference tells the schema.</param>
/// <param name="Number">Its number in the tables of deleted positions.</param>
/// <param name="Deletes">The tables of its deletes.</param>
internal sealed record ScanPart(FileScanTask Task, string Path, IReadOnlyList<ParquetColumn> Columns, int Number, AppliedDeletes Deletes);

/// <summary>The deletes of a file as tables of the session.</summary>
/// <param name="Positions">The table of deleted positions (<c>file</c>, <c>pos</c>), as SQL; null for none.</param>
/// <param name="Keys">The tables of deleted keys.</param>
internal sealed record AppliedDeletes(string? Positions, IReadOnlyList<DeletedKeys> Keys)
{
    internal static AppliedDeletes None { get; } = new(null, []);

    /// <summary>Equal for equal tables only.</summary>
    internal string Identity => string.Join(' ', Keys.Select(k => k.Table).Prepend(Positions ?? ""));
}

/// <summary>A table of deleted keys, as SQL, and its columns.</summary>
internal sealed record DeletedKeys(string Table, Schema Key);
