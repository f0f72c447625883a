using Features.Iceberg.Storage;

namespace Features.Iceberg.Maintenance;

/// <summary>
/// Finds and removes the files in a table's folders that neither a snapshot nor the metadata log names: what failed writers and broken-off expiries left. A file of a writer that has not committed yet looks the
/// same, so that only files older than <see cref="MinimumAge"/> count. A file of the same name as one that is in use is left alone wherever it lies: a folder can be spelt in more ways than the table's metadata
/// spells it (by way of a link, say), and the names that writers give occur once.
/// </summary>
public sealed class OrphanRemoval(Table table)
{
    /// <summary>Below this age no file is touched unless <see cref="AllowsRecentFiles"/> is set: 24 hours.</summary>
    public static TimeSpan LowestAge { get; } = TimeSpan.FromHours(24);

    /// <summary>How long ago a file was last changed, at least; default 3 days. Longer than any write to the table takes.</summary>
    public TimeSpan MinimumAge { get; init; } = TimeSpan.FromDays(3);

    /// <summary>True lets <see cref="MinimumAge"/> be less than 24 hours: only where it is certain that nobody is writing to the table.</summary>
    public bool AllowsRecentFiles { get; init; }

    /// <summary>The folder to look through; null for the table's location. A folder that its properties name elsewhere (<c>write.data.path</c>) may serve other tables as well: give it only if it does not.</summary>
    public string? Folder { get; init; }

    /// <summary>Lists the orphans; removes nothing.</summary>
    /// <exception cref="InvalidTableArgumentException">The age is too low, the table was opened by location, or its property <c>gc.enabled</c> is false.</exception>
    /// <exception cref="NotFoundException">The table is gone, or a manifest is; nothing can then be told of its files.</exception>
    public async Task<OrphanPlan> PlanAsync(IProgress<MaintenanceProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (MinimumAge < LowestAge && !AllowsRecentFiles)
        {
            throw new InvalidTableArgumentException(
                $"orphans of table '{table.Name}' younger than {LowestAge.TotalHours:0} hours may belong to a write that is not committed yet; choose a greater age, or set AllowsRecentFiles where nobody is writing");
        }

        var current = await MaintainedTable.RefreshAsync(table, cancellationToken).ConfigureAwait(false);
        MaintainedTable.RefuseSharedFiles(current);
        var olderThan = current.Catalog!.Clock.GetUtcNow() - MinimumAge;
        var reachable = await ReachableAsync(current, progress, cancellationToken).ConfigureAwait(false);
        var found = new List<ObjectInfo>();
        var nested = new NestedTables(current);
        var seen = 0L;
        await foreach (var file in current.Storage.ListAsync(Folder ?? current.Metadata.Location, cancellationToken).ConfigureAwait(false))
        {
            seen++;
            progress?.Report(new MaintenanceProgress("listing files", seen, null));
            nested.See(file.Location);
            if (file.LastModified < olderThan && !reachable.Contains(NameOf(file.Location)) && !IsVersionHint(file.Location))
            {
                found.Add(file);
            }
        }

        // What was committed while the listing went on is not an orphan.
        var (latest, orphans) = await StillOrphansAsync(current, found, progress, cancellationToken).ConfigureAwait(false);
        return new OrphanPlan(
            latest, olderThan, [.. orphans.Where(f => !nested.Holds(f.Location)).OrderBy(f => f.Location, StringComparer.Ordinal)], nested.Folders, seen);
    }

    /// <summary>Removes the planned files, except those that the table has come to name since. Can be broken off and planned again at any time.</summary>
    /// <exception cref="InvalidTableArgumentException">The plan is another table's, or the table's property <c>gc.enabled</c> has become false.</exception>
    public async Task<RemovedFiles> ExecuteAsync(OrphanPlan plan, IProgress<MaintenanceProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        MaintainedTable.RefuseOther(table, plan.Table);
        var (current, orphans) = await StillOrphansAsync(plan.Table, plan.Files, progress, cancellationToken).ConfigureAwait(false);
        MaintainedTable.RefuseSharedFiles(current);
        return await FileRemoval.RemoveAsync(current.Storage, [.. orphans.Select(f => f.Location)], progress, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<(Table Table, IReadOnlyList<ObjectInfo> Files)> StillOrphansAsync(
        Table compared, IReadOnlyList<ObjectInfo> files, IProgress<MaintenanceProgress>? progress, CancellationToken cancellationToken)
    {
        var current = await MaintainedTable.RefreshAsync(compared, cancellationToken).ConfigureAwait(false);
        if (files.Count == 0 || current.MetadataLocation == compared.MetadataLocation)
        {
            return (current, files);
        }

        var reachable = await ReachableAsync(current, progress, cancellationToken).ConfigureAwait(false);
        return (current, [.. files.Where(f => !reachable.Contains(NameOf(f.Location)))]);
    }

    /// <summary>The names of the files that the table reaches.</summary>
    private static async Task<LocationSet> ReachableAsync(Table current, IProgress<MaintenanceProgress>? progress, CancellationToken cancellationToken)
    {
        var reachable = new LocationSet();
        await foreach (var location in ReachableFiles.AllAsync(current, progress, cancellationToken).ConfigureAwait(false))
        {
            reachable.Add(NameOf(location));
        }

        return reachable;
    }

    private static string NameOf(string location) => location[(location.LastIndexOf('/') + 1)..];

    private static bool IsVersionHint(string location) => location.EndsWith("/version-hint.text", StringComparison.Ordinal);
}
