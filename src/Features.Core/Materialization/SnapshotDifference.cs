using System.Globalization;
using Features.Core.Governance;
using Features.Core.Sources;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Core.Materialization;

/// <summary>What happened to a table between two of its snapshots, as files: read <paramref name="Added"/> more, and <paramref name="Removed"/> no more. A data file whose deletes changed is in both.</summary>
/// <param name="Added">The files to read of the later snapshot.</param>
/// <param name="Removed">Those of the earlier one; null if rows were only added.</param>
internal sealed record SnapshotDifference(ScanPlan Added, ScanPlan? Removed)
{
    /// <summary>Plans the difference. Each plan goes through the gate.</summary>
    /// <returns>Null if it cannot be told: the earlier snapshot expired and more was done since than to add, a column's name means another field than it did, or one of another type, or files that are gone can be read no more.</returns>
    public static async Task<SnapshotDifference?> BetweenAsync(ReadGate gate, Reader reader, PinnedRead later, long? earlier, CancellationToken cancellationToken)
    {
        var (table, target) = (later.Table, later.Plan.Snapshot);
        if (earlier is null)
        {
            return new SnapshotDifference(later.Plan, null);
        }

        var before = table.Metadata.FindSnapshot(earlier.Value);
        if (target is null || HasOtherFields(table.Metadata, before, later.Plan.Projection))
        {
            return null;
        }

        if (OnlyAdds(table.Metadata, earlier.Value, target))
        {
            var appends = await gate.OpenAsync(reader, table, new ReadSelection { FromSnapshotId = earlier, SnapshotId = target.SnapshotId }, cancellationToken).ConfigureAwait(false);

            // They are read with the schema that the table has now, which need not be the later snapshot's.
            return HasOtherFields(table.Metadata, before, appends.Plan.Projection) ? null : new SnapshotDifference(appends.Plan, null);
        }

        // What left a folder has no rows to compare.
        if (before is null || FolderSources.IsFolder(table.Metadata))
        {
            return null;
        }

        var old = (await gate.OpenAsync(reader, table, new ReadSelection { SnapshotId = earlier }, cancellationToken).ConfigureAwait(false)).Plan;
        var (gone, come) = (Without(old, later.Plan), Without(later.Plan, old));
        return CanBeRead(gone, come) ? new SnapshotDifference(come, gone.Tasks.Count == 0 ? null : gone) : null;
    }

    /// <summary>True if all that lies between are appends, and compactions, which change no row.</summary>
    public static bool OnlyAdds(TableMetadata metadata, long earlier, Snapshot later)
    {
        var at = later;
        for (var steps = 0; steps <= metadata.Snapshots.Count; steps++)
        {
            if (at.SnapshotId == earlier)
            {
                return true;
            }

            if (at.Operation is not ("append" or "replace") || at.ParentId is not { } parent)
            {
                return false;
            }

            // The earlier one may have expired: what was added since is known all the same.
            if (parent == earlier || metadata.FindSnapshot(parent) is not { } next)
            {
                return parent == earlier;
            }

            at = next;
        }

        return false;
    }

    // A field that was added under a name of its own changes no row that stands; a type that was widened changes how values are stored. Of a snapshot that expired, any of the table's schemas may have been the schema.
    private static bool HasOtherFields(TableMetadata metadata, Snapshot? before, Schema now) => metadata.Schemas
        .Where(s => before?.SchemaId is not { } id || s.SchemaId == id)
        .Any(schema => schema.Fields.Any(f => now.Find(f.Name)?.Id != f.Id) || schema.AllFields().Any(f => f.Type is PrimitiveType type && now.FindNested(f.Id)?.Type as PrimitiveType != type));

    // What lies under its path no longer as it was has no rows to compare.
    private static bool CanBeRead(ScanPlan gone, ScanPlan come)
    {
        var standing = come.Tasks.DistinctBy(t => t.File.FilePath).ToDictionary(t => t.File.FilePath, StateOf, StringComparer.Ordinal);
        return gone.Tasks.All(t => !standing.TryGetValue(t.File.FilePath, out var state) || state == StateOf(t));
    }

    private static ScanPlan Without(ScanPlan plan, ScanPlan other)
    {
        var known = other.Tasks.Select(IdentityOf).ToHashSet(StringComparer.Ordinal);
        return plan with { Tasks = [.. plan.Tasks.Where(t => !known.Contains(IdentityOf(t)))] };
    }

    private static string IdentityOf(FileScanTask task) => string.Join('\n', task.Deletes
        .Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.File.FilePath}#{d.File.ContentOffset}"))
        .Order(StringComparer.Ordinal)
        .Prepend(string.Create(CultureInfo.InvariantCulture, $"{task.File.FilePath}#{StateOf(task)}")));

    // A path alone is no identity: files that are not the table's own are written anew under their names.
    private static (long Bytes, long SequenceNumber) StateOf(FileScanTask task) => (task.File.FileSizeInBytes, task.DataSequenceNumber);
}
