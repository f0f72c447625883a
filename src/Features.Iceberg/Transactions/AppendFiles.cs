using System.Buffers.Binary;
using System.Globalization;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Adds data files in a new snapshot (operation <c>append</c>), in a manifest of its own beside those that stand (a fast append). <paramref name="summary"/> is merged into the snapshot's summary.</summary>
public sealed class AppendFiles(IReadOnlyList<DataFile> files, IReadOnlyDictionary<string, string>? summary = null) : IAction
{
    /// <inheritdoc/>
    /// <exception cref="InvalidTableArgumentException">A file is no data file, stands twice, or does not fit its partition spec; all such files are named.</exception>
    public async Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        Check(metadata, context.TableName);
        var commit = Guid.NewGuid();
        var snapshotId = NewSnapshotId();
        var sequenceNumber = metadata.LastSequenceNumber + 1;
        var parent = metadata.CurrentSnapshot;
        var manifests = new List<ManifestFile>();
        foreach (var group in files.GroupBy(f => f.SpecId).OrderBy(g => g.Key))
        {
            manifests.Add(await ManifestWriter.WriteAsync(
                context.Storage,
                context.NewMetadataFile(string.Create(CultureInfo.InvariantCulture, $"{commit}-m{manifests.Count}.avro")),
                metadata.PartitionSpecs.First(s => s.SpecId == group.Key),
                metadata.CurrentSchema,
                snapshotId,
                [.. group.Select(f => new ManifestEntry(ManifestEntryStatus.Added, snapshotId, null, null, f))],
                cancellationToken).ConfigureAwait(false));
        }

        if (parent is not null)
        {
            manifests.AddRange(await ManifestListReader.ReadAsync(context.Storage, parent, cancellationToken).ConfigureAwait(false));
        }

        var list = context.NewMetadataFile(string.Create(CultureInfo.InvariantCulture, $"snap-{snapshotId}-{context.Attempt}-{commit}.avro"));
        await ManifestListWriter.WriteAsync(context.Storage, list, snapshotId, parent?.SnapshotId, sequenceNumber, manifests, cancellationToken).ConfigureAwait(false);
        return MetadataHistory.AddToMain(metadata, new Snapshot(
            snapshotId,
            parent?.SnapshotId,
            sequenceNumber,
            context.NowMs,
            list,
            Manifests: null,
            SnapshotSummary.OfAppend(files, parent?.Summary, summary),
            metadata.CurrentSchemaId));
    }

    private static long NewSnapshotId()
    {
        Span<byte> uuid = stackalloc byte[16];
        Guid.NewGuid().TryWriteBytes(uuid, bigEndian: true, out _);
        return (BinaryPrimitives.ReadInt64BigEndian(uuid) ^ BinaryPrimitives.ReadInt64BigEndian(uuid[8..])) & long.MaxValue;
    }

    private void Check(TableMetadata metadata, string table)
    {
        var faults = new List<string>();
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (file.Content != FileContent.Data)
            {
                faults.Add($"'{file.FilePath}' holds deletes");
            }

            if (!paths.Add(file.FilePath))
            {
                faults.Add($"'{file.FilePath}' is given twice");
            }

            if (metadata.PartitionSpecs.FirstOrDefault(s => s.SpecId == file.SpecId) is not { } spec)
            {
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"'{file.FilePath}' names partition spec {file.SpecId}, which the table does not have"));
            }
            else if (spec.Fields.Count != file.Partition.Count)
            {
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"'{file.FilePath}' has {file.Partition.Count} partition values where its spec has {spec.Fields.Count} fields"));
            }
        }

        if (faults.Count > 0)
        {
            throw new InvalidTableArgumentException($"these files cannot be appended to table '{table}': {string.Join("; ", faults)}");
        }
    }
}
