using System.Globalization;
using System.Text;
using System.Text.Json;
using Features.Iceberg.Manifests.Avro;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Manifests;

/// <summary>Writes manifests, version 2.</summary>
public static class ManifestWriter
{
    /// <summary>
    /// Writes a manifest of one spec's files, all data or all deletes, and describes it with counts and partition summaries. Added entries get their file sequence number from the
    /// commit that succeeds, and their data sequence number too if it is null; the others must have theirs.
    /// </summary>
    /// <param name="storage">Where to.</param>
    /// <param name="location">The new manifest's location.</param>
    /// <param name="spec">The spec of all the files.</param>
    /// <param name="schema">The table's current schema.</param>
    /// <param name="snapshotId">The snapshot that adds the manifest.</param>
    /// <param name="entries">The entries, in order; at least one.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AlreadyExistsException">The location is taken.</exception>
    /// <exception cref="InvalidTableArgumentException">The entries mix data and deletes, or lack a sequence number or partition value; every fault is named.</exception>
    public static Task<ManifestFile> WriteAsync(
        IObjectStore storage, string location, PartitionSpec spec, Schema schema, long snapshotId, IReadOnlyList<ManifestEntry> entries, CancellationToken cancellationToken) =>
        WriteAsync(storage, location, spec, schema, spec.PartitionType(schema), snapshotId, entries, cancellationToken);

    /// <summary>Writes a manifest of a spec whose partition type is given, as its source columns may be gone from the schema (<see cref="TableMetadata.PartitionType"/>).</summary>
    internal static async Task<ManifestFile> WriteAsync(
        IObjectStore storage,
        string location,
        PartitionSpec spec,
        Schema schema,
        StructType partitionType,
        long snapshotId,
        IReadOnlyList<ManifestEntry> entries,
        CancellationToken cancellationToken)
    {
        Check(location, spec, entries);
        var isDeletes = entries[0].File.Content != FileContent.Data;
        var header = new Dictionary<string, string>
        {
            ["schema"] = SchemaJson.ToJson(schema),
            ["schema-id"] = schema.SchemaId.ToString(CultureInfo.InvariantCulture),
            ["partition-spec"] = FieldsJson(spec),
            ["partition-spec-id"] = spec.SpecId.ToString(CultureInfo.InvariantCulture),
            ["format-version"] = "2",
            ["content"] = isDeletes ? "deletes" : "data",
        };
        var file = await storage.CreateAsync(location, cancellationToken).ConfigureAwait(false);
        await using (file.ConfigureAwait(false))
        {
            var container = new AvroContainerWriter(file.Stream);
            await container.WriteHeaderAsync(ManifestSchemas.Entry(partitionType), header, cancellationToken).ConfigureAwait(false);
            foreach (var entry in entries)
            {
                ManifestEntryWriter.Write(container.Object, entry, snapshotId, partitionType);
                await container.EndObjectAsync(cancellationToken).ConfigureAwait(false);
            }

            await container.FlushAsync(cancellationToken).ConfigureAwait(false);
            var length = await file.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return Describe(location, length, spec, partitionType, snapshotId, isDeletes, entries);
        }
    }

    private static void Check(string location, PartitionSpec spec, IReadOnlyList<ManifestEntry> entries)
    {
        var faults = new List<string>();
        if (entries.Count == 0)
        {
            faults.Add("it has no entries");
        }

        if (entries.Select(e => e.File.Content != FileContent.Data).Distinct().Count() > 1)
        {
            faults.Add("its entries mix data and deletes; write them to two manifests");
        }

        foreach (var entry in entries)
        {
            if (entry.File.Partition.Count != spec.Fields.Count)
            {
                faults.Add($"'{entry.File.FilePath}' has {entry.File.Partition.Count} partition values where spec {spec.SpecId} has {spec.Fields.Count} fields");
            }

            // Writers before the file sequence number left it out, and then nobody knows it.
            if (entry.Status != ManifestEntryStatus.Added && (entry.SequenceNumber is null || entry.SnapshotId is null))
            {
                faults.Add($"'{entry.File.FilePath}' is carried over but has no sequence number or snapshot id; take the entry from the manifest reader");
            }
        }

        if (faults.Count > 0)
        {
            throw new InvalidTableArgumentException($"manifest '{location}' cannot be written: {string.Join("; ", faults)}");
        }
    }

    private static ManifestFile Describe(
        string location, long length, PartitionSpec spec, StructType partitionType, long snapshotId, bool isDeletes, IReadOnlyList<ManifestEntry> entries)
    {
        var byStatus = entries.ToLookup(e => e.Status);
        return new ManifestFile
        {
            ManifestPath = location,
            ManifestLength = length,
            PartitionSpecId = spec.SpecId,
            IsDeletes = isDeletes,
            SequenceNumber = ManifestFile.UnassignedSequenceNumber,
            // What inherits its number comes after everything that has one.
            MinSequenceNumber = entries.Where(e => e.Status != ManifestEntryStatus.Deleted && e.SequenceNumber is not null)
                .Select(e => e.SequenceNumber!.Value)
                .DefaultIfEmpty(ManifestFile.UnassignedSequenceNumber)
                .Min(),
            AddedSnapshotId = snapshotId,
            AddedFilesCount = byStatus[ManifestEntryStatus.Added].Count(),
            ExistingFilesCount = byStatus[ManifestEntryStatus.Existing].Count(),
            DeletedFilesCount = byStatus[ManifestEntryStatus.Deleted].Count(),
            AddedRowsCount = byStatus[ManifestEntryStatus.Added].Sum(e => e.File.RecordCount),
            ExistingRowsCount = byStatus[ManifestEntryStatus.Existing].Sum(e => e.File.RecordCount),
            DeletedRowsCount = byStatus[ManifestEntryStatus.Deleted].Sum(e => e.File.RecordCount),
            Partitions = [.. partitionType.Fields.Select((f, i) => Summarise(entries.Select(e => e.File.Partition[i]), (PrimitiveType)f.Type))],
        };
    }

    private static PartitionFieldSummary Summarise(IEnumerable<object?> values, PrimitiveType type)
    {
        var (containsNull, containsNan) = (false, false);
        object? lower = null, upper = null;
        foreach (var value in values)
        {
            if (value is null)
            {
                containsNull = true;
            }
            else if (value is float.NaN or double.NaN)
            {
                containsNan = true;
            }
            else
            {
                lower = lower is null || SingleValue.Compare(value, lower, type) < 0 ? value : lower;
                upper = upper is null || SingleValue.Compare(value, upper, type) > 0 ? value : upper;
            }
        }

        return new PartitionFieldSummary(containsNull, containsNan, Binary(lower), Binary(upper));

        byte[]? Binary(object? value) => value is null ? null : SingleValue.ToBinary(value, type);
    }

    private static string FieldsJson(PartitionSpec spec)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, SchemaJson.WriterOptions))
        {
            writer.WriteStartArray();
            foreach (var field in spec.Fields)
            {
                TableMetadataWriter.WritePartitionField(writer, field);
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
