using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>What a manifest's partition summaries tell of single partitions.</summary>
internal static class PartitionSummaries
{
    /// <summary>False if the manifest surely holds no file of these partitions.</summary>
    public static bool MayContainAny(ManifestFile manifest, TableMetadata metadata, IReadOnlySet<(int SpecId, PartitionKey Partition)> partitions)
    {
        if (partitions.Count == 0)
        {
            return false;
        }

        var ofSpec = partitions.Where(p => p.SpecId == manifest.PartitionSpecId).ToList();
        if (ofSpec.Count == 0 || manifest.Partitions is not { } summaries || metadata.PartitionSpecs.FirstOrDefault(s => s.SpecId == manifest.PartitionSpecId) is not { } spec)
        {
            return ofSpec.Count > 0;
        }

        var types = metadata.PartitionType(spec).Fields.Select(f => (PrimitiveType)f.Type).ToList();
        return summaries.Count != types.Count || ofSpec.Any(p => p.Partition.Values.Zip(summaries, types).All(v => MayContain(v.First, v.Second, v.Third)));
    }

    private static bool MayContain(object? value, PartitionFieldSummary summary, PrimitiveType type)
    {
        switch (value)
        {
            case null:
                return summary.ContainsNull;
            case double.NaN or float.NaN:
                return summary.ContainsNan ?? true;
        }

        if (type.Kind == PrimitiveKind.Unknown || summary.LowerBound is not { } lower || summary.UpperBound is not { } upper)
        {
            return type.Kind == PrimitiveKind.Unknown || !summary.ContainsNull;
        }

        try
        {
            return SingleValue.Compare(SingleValue.FromBinary(lower, type), value, type) <= 0 && SingleValue.Compare(SingleValue.FromBinary(upper, type), value, type) >= 0;
        }
        catch (FormatException)
        {
            return true;
        }
    }
}
