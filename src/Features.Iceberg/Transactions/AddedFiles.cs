using System.Globalization;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Whether new files fit a table.</summary>
internal static class AddedFiles
{
    /// <summary>Checks files that are to be added, each of which must hold what its list is for.</summary>
    /// <exception cref="InvalidTableArgumentException">Some do not fit; all are named.</exception>
    public static void Check(TableMetadata metadata, string table, IReadOnlyList<DataFile> data, IReadOnlyList<DataFile>? deletes = null)
    {
        var faults = new List<string>();
        var paths = new HashSet<string>(StringComparer.Ordinal);
        faults.AddRange(data.Where(f => f.Content != FileContent.Data).Select(f => $"'{f.FilePath}' holds deletes"));
        faults.AddRange((deletes ?? []).Where(f => f.Content == FileContent.Data).Select(f => $"'{f.FilePath}' holds data, not deletes"));
        foreach (var file in data.Concat(deletes ?? []))
        {
            if (!paths.Add(file.FilePath))
            {
                faults.Add($"'{file.FilePath}' is given twice");
            }

            if (file.ContentOffset is not null || file.FileFormat == "PUFFIN")
            {
                faults.Add($"'{file.FilePath}' is a deletion vector, which version 2 does not have; write position deletes");
            }

            if (file.Content == FileContent.EqualityDeletes && file.EqualityIds is null or { Count: 0 })
            {
                faults.Add($"'{file.FilePath}' holds equality deletes but names no columns to compare");
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
            throw new InvalidTableArgumentException($"these files cannot be added to table '{table}': {string.Join("; ", faults)}");
        }
    }

    /// <summary>Their partitions.</summary>
    public static HashSet<(int SpecId, PartitionKey Partition)> Partitions(IEnumerable<DataFile> files) => [.. files.Select(f => (f.SpecId, PartitionKey.Of(f.Partition)))];
}
