using Features.Iceberg.Manifests;
using Features.Iceberg.Storage;

namespace Features.Iceberg.DataFiles;

/// <summary>Files that no snapshot names.</summary>
internal static class WrittenFiles
{
    /// <summary>Removes what a failed operation wrote. One that cannot be removed stays behind as an orphan: what made the operation fail is what the caller must see.</summary>
    public static async Task RemoveAsync(IObjectStore storage, IEnumerable<DataFile> files)
    {
        foreach (var file in files)
        {
            try
            {
                await storage.DeleteAsync(file.FilePath, CancellationToken.None).ConfigureAwait(false);
            }
            catch (StorageException)
            {
                // As said above.
            }
        }
    }
}
