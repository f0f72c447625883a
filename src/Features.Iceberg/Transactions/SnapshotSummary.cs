using System.Globalization;
using Features.Iceberg.Manifests;

namespace Features.Iceberg.Transactions;

/// <summary>What a commit did, in the keys that other engines read ("Snapshot Summary Fields").</summary>
internal static class SnapshotSummary
{
    public static IReadOnlyDictionary<string, string> OfAppend(
        IReadOnlyList<DataFile> added, IReadOnlyDictionary<string, string>? parent, IReadOnlyDictionary<string, string>? given)
    {
        var records = added.Sum(f => f.RecordCount);
        var bytes = added.Sum(f => f.FileSizeInBytes);
        var summary = given is null ? [] : new Dictionary<string, string>(given);
        summary["operation"] = "append";
        summary["added-data-files"] = Text(added.Count);
        summary["added-records"] = Text(records);
        summary["added-files-size"] = Text(bytes);
        summary["changed-partition-count"] = Text(added.Select(f => (f.SpecId, PartitionKey.Of(f.Partition))).Distinct().Count());
        Carry("total-data-files", added.Count);
        Carry("total-records", records);
        Carry("total-files-size", bytes);
        Carry("total-delete-files", 0);
        Carry("total-position-deletes", 0);
        Carry("total-equality-deletes", 0);
        return summary;

        // A parent that does not state a total leaves the sum unknown, and then none is stated.
        void Carry(string key, long more)
        {
            if (parent is null)
            {
                summary[key] = Text(more);
            }
            else if (long.TryParse(parent.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out var before))
            {
                summary[key] = Text(before + more);
            }
            else
            {
                summary.Remove(key);
            }
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
