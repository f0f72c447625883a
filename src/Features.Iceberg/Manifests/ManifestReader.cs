using System.Globalization;
using System.Runtime.CompilerServices;
using Features.Iceberg.Manifests.Avro;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Manifests;

/// <summary>Reads manifests of versions 1 to 3, fields resolved by id.</summary>
public static class ManifestReader
{
    /// <summary>All entries of a manifest, deleted ones too, in its order, with inherited snapshot ids, sequence numbers and first row ids filled in.</summary>
    /// <param name="storage">Where from.</param>
    /// <param name="manifest">The manifest as its list describes it; its content and partition spec are trusted over the file's own header.</param>
    /// <param name="metadata">The table: specs and schemas.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="NotFoundException">The manifest does not exist.</exception>
    /// <exception cref="InvalidFileException">It is no manifest of this table.</exception>
    /// <exception cref="UnsupportedFeatureException">It is encrypted.</exception>
    public static IAsyncEnumerable<ManifestEntry> ReadAsync(IObjectStore storage, ManifestFile manifest, TableMetadata metadata, CancellationToken cancellationToken) =>
        ReadAsync(storage, manifest, metadata, null, cancellationToken);

    /// <summary>The same with the metrics of only some columns, by id, and without column sizes; null for all.</summary>
    internal static async IAsyncEnumerable<ManifestEntry> ReadAsync(
        IObjectStore storage, ManifestFile manifest, TableMetadata metadata, IReadOnlySet<int>? metrics, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (manifest.KeyMetadata is not null)
        {
            throw new UnsupportedFeatureException("an encrypted manifest", manifest.ManifestPath, "read the table with an engine that has its keys");
        }

        var spec = metadata.PartitionSpecs.FirstOrDefault(s => s.SpecId == manifest.PartitionSpecId) ?? throw new InvalidFileException(
            manifest.ManifestPath, $"its partition spec {manifest.PartitionSpecId.ToString(CultureInfo.InvariantCulture)} is not in the table's metadata");
        var partitionType = metadata.PartitionType(spec);
        var nextRowId = manifest.FirstRowId;
        var read = 0L;
        await foreach (var values in AvroFile.ReadAsync(storage, manifest.ManifestPath, _ => ManifestFields.Entry(partitionType, metrics), cancellationToken).ConfigureAwait(false))
        {
            var entry = AvroFile.Guard(manifest.ManifestPath, () => ManifestFields.ReadEntry(values, manifest.IsDeletes, spec.SpecId));
            entry = Inherit(entry, manifest, metadata.FormatVersion);
            if (nextRowId is { } rowId && entry.Status != ManifestEntryStatus.Deleted && entry.File is { Content: FileContent.Data, FirstRowId: null })
            {
                entry = entry with { File = entry.File with { FirstRowId = rowId } };
                nextRowId = rowId + entry.File.RecordCount;
            }

            read++;
            yield return entry;
        }

        // Cut off between two blocks, a file looks whole. Either number alone is wrong with some writers.
        if (read < (long?)manifest.AddedFilesCount + manifest.ExistingFilesCount + manifest.DeletedFilesCount
            && await storage.StatAsync(manifest.ManifestPath, cancellationToken).ConfigureAwait(false) is { } info && info.Length < manifest.ManifestLength)
        {
            throw new InvalidFileException(manifest.ManifestPath, string.Create(
                CultureInfo.InvariantCulture, $"it is cut off: it has {info.Length} bytes where its list says {manifest.ManifestLength}, and not all of its entries"));
        }
    }

    // "Sequence Number Inheritance": only added entries inherit the manifest's; a v1 table has none, and they count as 0.
    private static ManifestEntry Inherit(ManifestEntry entry, ManifestFile manifest, int formatVersion)
    {
        var inherited = formatVersion == 1 || manifest.SequenceNumber == 0 ? 0 : entry.Status == ManifestEntryStatus.Added ? manifest.SequenceNumber : (long?)null;
        return entry with
        {
            SnapshotId = entry.SnapshotId ?? manifest.AddedSnapshotId,
            SequenceNumber = entry.SequenceNumber ?? inherited,
            FileSequenceNumber = entry.FileSequenceNumber ?? inherited,
        };
    }
}
