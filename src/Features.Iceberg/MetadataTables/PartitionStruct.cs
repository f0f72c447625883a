using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.MetadataTables;

/// <summary>Partition values over the fields of all of a table's specs, so that files of any spec fit into one column.</summary>
internal sealed class PartitionStruct(TableMetadata metadata)
{
    private readonly Dictionary<int, int[]> positions = [];

    public StructType Type { get; } = (StructType)MetadataColumns.Partition(metadata).Type;

    /// <summary>The file's values in the order of <see cref="Type"/>; null for a field that its spec lacks.</summary>
    public object?[] Of(DataFile file)
    {
        if (!positions.TryGetValue(file.SpecId, out var at))
        {
            var spec = metadata.PartitionSpecs.First(s => s.SpecId == file.SpecId);
            at = [.. Type.Fields.Select(f => spec.Fields.Select(p => p.FieldId).ToList().IndexOf(f.Id))];
            positions.Add(file.SpecId, at);
        }

        return [.. at.Select(i => i < 0 ? null : file.Partition[i])];
    }
}
