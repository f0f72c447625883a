using Features.Iceberg.Manifests;
using Features.Iceberg.Storage;

namespace Features.Iceberg.DataFiles;

/// <summary>Files that no snapshot names.</summary>
internal static class WrittenFiles
{
    /// <summary>Removes what a failed operation wrote.</summary>
    public static Task RemoveAsync(IObjectStore storage, IEnumerable<DataFile> files) => Leftovers.RemoveAsync(storage, files.Select(f => f.FilePath));
}
