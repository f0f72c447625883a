using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Finds the snapshots that actions name.</summary>
internal static class SnapshotLookup
{
    /// <summary>The snapshot of an id.</summary>
    /// <exception cref="NotFoundException">There is none; the message lists the latest ones.</exception>
    public static Snapshot Get(TableMetadata metadata, long id, string table) => metadata.FindSnapshot(id) ?? throw new NotFoundException(
        "snapshot", id.ToString(CultureInfo.InvariantCulture), $"table '{table}' has {Standing(metadata)}");

    /// <summary>The branch or tag of a name.</summary>
    /// <exception cref="NotFoundException">There is none.</exception>
    public static SnapshotRef GetRef(TableMetadata metadata, string name, string table) => metadata.Refs.GetValueOrDefault(name) ?? throw new NotFoundException(
        "ref", name, $"table '{table}' has {(metadata.Refs.Count == 0 ? "no branches or tags yet" : $"the branches and tags {string.Join(", ", metadata.Refs.Keys.Order())}")}");

    private static string Standing(TableMetadata metadata) => metadata.Snapshots.Count == 0
        ? "no snapshots yet"
        : $"the snapshots {string.Join(", ", metadata.Snapshots.TakeLast(10).Select(s => s.SnapshotId.ToString(CultureInfo.InvariantCulture)))}";
}
