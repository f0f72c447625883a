using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Manifests;

internal static class ManifestReading
{
    /// <summary>All entries of a manifest.</summary>
    public static async Task<IReadOnlyList<ManifestEntry>> ReadAllAsync(this TableMetadata metadata, IObjectStore storage, ManifestFile manifest)
    {
        var entries = new List<ManifestEntry>();
        await foreach (var entry in ManifestReader.ReadAsync(storage, manifest, metadata, default))
        {
            entries.Add(entry);
        }

        return entries;
    }
}
