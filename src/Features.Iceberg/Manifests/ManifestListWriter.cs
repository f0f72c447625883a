using System.Globalization;
using Features.Iceberg.Manifests.Avro;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Manifests;

/// <summary>Writes manifest lists, version 2.</summary>
public static class ManifestListWriter
{
    /// <summary>Writes the list of a snapshot. Manifests that have no sequence number yet (<see cref="ManifestFile.UnassignedSequenceNumber"/>) get the snapshot's.</summary>
    /// <param name="storage">Where to.</param>
    /// <param name="location">The new list's location.</param>
    /// <param name="snapshotId">The snapshot.</param>
    /// <param name="parentSnapshotId">Its parent; null for none.</param>
    /// <param name="sequenceNumber">The snapshot's sequence number.</param>
    /// <param name="manifests">The manifests, in order.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AlreadyExistsException">The location is taken.</exception>
    /// <exception cref="UnsupportedFeatureException">A manifest of version 1 has no counts, which version 2 requires.</exception>
    public static async Task WriteAsync(
        IObjectStore storage, string location, long snapshotId, long? parentSnapshotId, long sequenceNumber, IReadOnlyList<ManifestFile> manifests, CancellationToken cancellationToken)
    {
        var header = new Dictionary<string, string>
        {
            ["snapshot-id"] = snapshotId.ToString(CultureInfo.InvariantCulture),
            ["parent-snapshot-id"] = parentSnapshotId?.ToString(CultureInfo.InvariantCulture) ?? "null",
            ["sequence-number"] = sequenceNumber.ToString(CultureInfo.InvariantCulture),
            ["format-version"] = "2",
        };
        var file = await storage.CreateAsync(location, cancellationToken).ConfigureAwait(false);
        await using (file.ConfigureAwait(false))
        {
            var container = new AvroContainerWriter(file.Stream);
            await container.WriteHeaderAsync(ManifestSchemas.List, header, cancellationToken).ConfigureAwait(false);
            foreach (var manifest in manifests)
            {
                Write(container.Object, manifest, sequenceNumber);
                await container.EndObjectAsync(cancellationToken).ConfigureAwait(false);
            }

            await container.FlushAsync(cancellationToken).ConfigureAwait(false);
            await file.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static void Write(AvroWriter writer, ManifestFile manifest, long sequenceNumber)
    {
        if (manifest.KeyMetadata is not null)
        {
            throw new UnsupportedFeatureException("an encrypted manifest", manifest.ManifestPath, "change the table with an engine that has its keys");
        }

        writer.WriteString(manifest.ManifestPath);
        writer.WriteLong(manifest.ManifestLength);
        writer.WriteLong(manifest.PartitionSpecId);
        writer.WriteLong(manifest.IsDeletes ? 1 : 0);
        writer.WriteLong(Assigned(manifest.SequenceNumber));
        writer.WriteLong(Assigned(manifest.MinSequenceNumber));
        writer.WriteLong(manifest.AddedSnapshotId);
        writer.WriteLong(Required(manifest.AddedFilesCount));
        writer.WriteLong(Required(manifest.ExistingFilesCount));
        writer.WriteLong(Required(manifest.DeletedFilesCount));
        writer.WriteLong(Required(manifest.AddedRowsCount));
        writer.WriteLong(Required(manifest.ExistingRowsCount));
        writer.WriteLong(Required(manifest.DeletedRowsCount));
        writer.WriteOptional(manifest.Partitions, partitions => writer.WriteArray(partitions, summary =>
        {
            writer.WriteBoolean(summary.ContainsNull);
            writer.WriteOptional(summary.ContainsNan, writer.WriteBoolean);
            writer.WriteOptional(summary.LowerBound, bound => writer.WriteBytes(bound));
            writer.WriteOptional(summary.UpperBound, bound => writer.WriteBytes(bound));
        }));
        writer.WriteOptional<byte[]>(null, _ => { });

        long Assigned(long number) => number == ManifestFile.UnassignedSequenceNumber ? sequenceNumber : number;

        long Required(long? count) => count ?? throw new UnsupportedFeatureException(
            "carrying over a version 1 manifest without counts", manifest.ManifestPath, "rewrite the table's manifests with the engine that wrote it");
    }
}
