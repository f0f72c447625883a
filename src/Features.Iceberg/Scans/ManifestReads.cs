using Features.Iceberg.Manifests;

namespace Features.Iceberg.Scans;

/// <summary>Reads many manifests at a time: half of it is waiting for the store, half decoding.</summary>
internal static class ManifestReads
{
    private static readonly int AtATime = Math.Clamp(Environment.ProcessorCount * 2, 4, 32);

    /// <summary>The results in the order of the manifests.</summary>
    public static async Task<T[]> AllAsync<T>(IReadOnlyList<ManifestFile> manifests, Func<ManifestFile, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        var results = new T[manifests.Count];
        await Parallel.ForAsync(
            0,
            manifests.Count,
            new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken },
            async (i, token) => results[i] = await read(manifests[i], token).ConfigureAwait(false)).ConfigureAwait(false);
        return results;
    }

    /// <summary>False if the manifest surely lists only files that were removed; counts that were not recorded may be anything.</summary>
    public static bool HasLiveFiles(ManifestFile manifest) => manifest.AddedFilesCount is not 0 || manifest.ExistingFilesCount is not 0;
}
