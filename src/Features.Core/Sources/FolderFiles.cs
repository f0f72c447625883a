using System.Globalization;
using Features.Iceberg;
using Features.Iceberg.Scans;

namespace Features.Core.Sources;

/// <summary>Whether the files of an earlier state of a folder still lie there: they are others' to change and to remove.</summary>
internal static class FolderFiles
{
    /// <summary>Looks at each file of a plan; at none if the table is no folder's.</summary>
    /// <exception cref="SourceException">One was removed or changed since; it is named.</exception>
    public static async Task CheckAsync(Table table, ScanPlan plan, CancellationToken cancellationToken)
    {
        if (!FolderSources.IsFolder(table.Metadata) || plan.Snapshot is not { } snapshot)
        {
            return;
        }

        foreach (var task in plan.Tasks)
        {
            var found = await table.Storage.StatAsync(task.Location, cancellationToken).ConfigureAwait(false);
            if (found?.Length != task.File.FileSizeInBytes)
            {
                var (code, what) = found is null ? ("source-file-removed", "removed from") : ("source-file-changed", "changed in");
                throw new SourceException(code, string.Create(
                    CultureInfo.InvariantCulture,
                    $"the file '{task.Location}' was {what} the folder of source '{table.Identifier?.Name ?? table.Name}' since snapshot {snapshot.SnapshotId}, which cannot be read without it; put it back as it was, or read the newest snapshot"));
            }
        }
    }
}
