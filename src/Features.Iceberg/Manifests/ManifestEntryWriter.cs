using Features.Iceberg.Manifests.Avro;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Manifests;

/// <summary>Writes one entry in the field order of <see cref="ManifestSchemas.Entry"/>.</summary>
internal static class ManifestEntryWriter
{
    public static void Write(AvroWriter writer, ManifestEntry entry, long snapshotId, StructType partitionType)
    {
        var isAdded = entry.Status == ManifestEntryStatus.Added;
        writer.WriteLong((int)entry.Status);
        writer.WriteOptional<long>(entry.SnapshotId ?? snapshotId, writer.WriteLong);
        writer.WriteOptional(entry.SequenceNumber, writer.WriteLong);
        writer.WriteOptional(isAdded ? null : entry.FileSequenceNumber, writer.WriteLong);
        WriteFile(writer, entry.File, partitionType);
    }

    private static void WriteFile(AvroWriter writer, DataFile file, StructType partitionType)
    {
        writer.WriteLong((int)file.Content);
        writer.WriteString(file.FilePath);
        writer.WriteString(file.FileFormat);
        for (var i = 0; i < file.Partition.Count; i++)
        {
            var type = (PrimitiveType)partitionType.Fields[i].Type;
            writer.WriteOptional(file.Partition[i], value => PartitionValue.Write(writer, value, type));
        }

        writer.WriteLong(file.RecordCount);
        writer.WriteLong(file.FileSizeInBytes);
        WriteCounts(writer, file.ColumnSizes);
        WriteCounts(writer, file.ValueCounts);
        WriteCounts(writer, file.NullValueCounts);
        WriteCounts(writer, file.NanValueCounts);
        WriteBounds(writer, file.LowerBounds);
        WriteBounds(writer, file.UpperBounds);
        writer.WriteOptional(file.KeyMetadata, bytes => writer.WriteBytes(bytes));
        writer.WriteOptional(file.SplitOffsets, offsets => writer.WriteArray(offsets, writer.WriteLong));
        writer.WriteOptional(file.EqualityIds, ids => writer.WriteArray(ids, id => writer.WriteLong(id)));
        writer.WriteOptional(file.SortOrderId, id => writer.WriteLong(id));
        writer.WriteOptional(file.ReferencedDataFile, writer.WriteString);
    }

    private static void WriteCounts(AvroWriter writer, IReadOnlyDictionary<int, long>? counts) => writer.WriteOptional(counts, map => writer.WriteArray(map, entry =>
    {
        writer.WriteLong(entry.Key);
        writer.WriteLong(entry.Value);
    }));

    private static void WriteBounds(AvroWriter writer, IReadOnlyDictionary<int, byte[]>? bounds) => writer.WriteOptional(bounds, map => writer.WriteArray(map, entry =>
    {
        writer.WriteLong(entry.Key);
        writer.WriteBytes(entry.Value);
    }));
}
