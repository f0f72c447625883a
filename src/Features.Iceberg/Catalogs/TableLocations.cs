using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Catalogs;

/// <summary>Where a table's files go, by its location and the <c>write.*.path</c> properties.</summary>
internal static class TableLocations
{
    /// <summary>The folder of metadata files, manifests and manifest lists, without a trailing slash.</summary>
    public static string MetadataFolder(TableMetadata metadata) => Folder(metadata, "write.metadata.path", "metadata");

    /// <summary>The folder of data files, without a trailing slash.</summary>
    public static string DataFolder(TableMetadata metadata) => Folder(metadata, "write.data.path", "data");

    /// <summary>The name of the metadata file after <paramref name="previous"/>: one version up, with a fresh uuid.</summary>
    public static string NextMetadataFile(TableMetadata metadata, string? previous)
    {
        var version = previous is null ? 0 : VersionOf(previous) + 1;
        var gzip = metadata.Properties.GetValueOrDefault("write.metadata.compression-codec") is "gzip" or "GZIP" ? ".gz" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{MetadataFolder(metadata)}/{version:D5}-{Guid.NewGuid()}{gzip}.metadata.json");
    }

    private static int VersionOf(string location)
    {
        var name = location[(location.LastIndexOf('/') + 1)..];
        var digits = name.AsSpan(name.StartsWith('v') ? 1 : 0);
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return end > 0 && int.TryParse(digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : -1;
    }

    private static string Folder(TableMetadata metadata, string property, string name) =>
        metadata.Properties.GetValueOrDefault(property)?.TrimEnd('/') ?? $"{metadata.Location.TrimEnd('/')}/{name}";
}
