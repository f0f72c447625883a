using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Maintenance;

/// <summary>What a rewrite would do.</summary>
/// <param name="Table">The table, at the version that was looked at.</param>
/// <param name="Snapshot">The snapshot whose files are rewritten; null for an empty table.</param>
/// <param name="Groups">The files, in groups that are rewritten one by one.</param>
/// <param name="Deletes">The delete files that apply to no data file once every group is rewritten, and go; those that apply to none already are among them.</param>
public sealed record DataFileRewritePlan(Table Table, Snapshot? Snapshot, IReadOnlyList<FileGroup> Groups, IReadOnlyList<DataFile> Deletes)
{
    /// <summary>True if there is nothing to do.</summary>
    public bool IsEmpty => Groups.Count == 0 && Deletes.Count == 0;

    /// <summary>For each delete file that goes, the data files that it applies to.</summary>
    internal IReadOnlyDictionary<string, IReadOnlySet<string>> DataFilesOf { get; init; } = new Dictionary<string, IReadOnlySet<string>>();
}
