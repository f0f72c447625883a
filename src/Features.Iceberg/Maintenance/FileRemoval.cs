using System.Collections.Concurrent;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Maintenance;

/// <summary>Removes many files, several at once; one that cannot be removed does not keep the others.</summary>
internal static class FileRemoval
{
    private const int AtOnce = 16;

    public static async Task<RemovedFiles> RemoveAsync(IObjectStore storage, IReadOnlyList<string> locations, IProgress<MaintenanceProgress>? progress, CancellationToken cancellationToken)
    {
        var failed = new ConcurrentBag<(string, string)>();
        var done = 0;
        await Parallel.ForEachAsync(locations, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (location, token) =>
        {
            try
            {
                await storage.DeleteAsync(location, token).ConfigureAwait(false);
            }
            catch (StorageException error)
            {
                failed.Add((location, error.Message));
            }

            progress?.Report(new MaintenanceProgress("removing files", Interlocked.Increment(ref done), locations.Count));
        }).ConfigureAwait(false);
        return new RemovedFiles(locations.Count - failed.Count, [.. failed]);
    }
}
