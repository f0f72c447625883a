using System.Globalization;
using Apache.Arrow;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.MetadataTables;

/// <summary>What a table's metadata and manifests say, as rows: names, columns and types are those that other Iceberg engines give these tables.</summary>
public sealed class MetadataTable
{
    private static readonly Dictionary<string, Func<Table, MetadataRows>> OverHistory = new(StringComparer.OrdinalIgnoreCase)
    {
        ["snapshots"] = SnapshotRows.Snapshots,
        ["history"] = SnapshotRows.History,
        ["refs"] = SnapshotRows.Refs,
        ["metadata_log_entries"] = SnapshotRows.MetadataLog,
        ["all_manifests"] = ManifestRows.OfAllSnapshots,
        ["all_files"] = table => FileRows.Files(table, SnapshotManifests.OfAllSnapshots(table, isDeletes: null)),
        ["all_data_files"] = table => FileRows.Files(table, SnapshotManifests.OfAllSnapshots(table, isDeletes: false)),
        ["all_delete_files"] = table => FileRows.Files(table, SnapshotManifests.OfAllSnapshots(table, isDeletes: true)),
        ["all_entries"] = table => FileRows.Entries(table, SnapshotManifests.OfAllSnapshots(table, isDeletes: null)),
    };

    private static readonly Dictionary<string, Func<Table, Snapshot?, MetadataRows>> OverSnapshot = new(StringComparer.OrdinalIgnoreCase)
    {
        ["manifests"] = ManifestRows.OfSnapshot,
        ["files"] = (table, snapshot) => FileRows.Files(table, SnapshotManifests.OfSnapshot(table, snapshot, isDeletes: null)),
        ["data_files"] = (table, snapshot) => FileRows.Files(table, SnapshotManifests.OfSnapshot(table, snapshot, isDeletes: false)),
        ["delete_files"] = (table, snapshot) => FileRows.Files(table, SnapshotManifests.OfSnapshot(table, snapshot, isDeletes: true)),
        ["entries"] = (table, snapshot) => FileRows.Entries(table, SnapshotManifests.OfSnapshot(table, snapshot, isDeletes: null)),
        ["partitions"] = PartitionRows.OfSnapshot,
    };

    private readonly MetadataRows rows;

    private MetadataTable(string name, MetadataRows rows)
    {
        Name = name;
        this.rows = rows;
    }

    /// <summary>The names that <see cref="Open"/> takes.</summary>
    public static IReadOnlyCollection<string> Names { get; } = [.. OverHistory.Keys.Concat(OverSnapshot.Keys).Order(StringComparer.Ordinal)];

    /// <summary>One of <see cref="Names"/>.</summary>
    public string Name { get; }

    /// <summary>The columns. Their Arrow types are those of <see cref="ArrowSchema.From"/>.</summary>
    public Schema Schema => rows.Schema;

    /// <summary>Opens a metadata table; nothing is read yet.</summary>
    /// <param name="table">The table it describes.</param>
    /// <param name="name">One of <see cref="Names"/>, in any case.</param>
    /// <param name="snapshotId">The snapshot it describes; null for the current one. Tables over the whole history take none.</param>
    /// <exception cref="NotFoundException">There is no such metadata table, or no such snapshot.</exception>
    /// <exception cref="InvalidTableArgumentException">A snapshot was named for a table over the whole history.</exception>
    public static MetadataTable Open(Table table, string name, long? snapshotId = null)
    {
        if (OverSnapshot.TryGetValue(name, out var ofSnapshot))
        {
            return new MetadataTable(name.ToLowerInvariant(), ofSnapshot(table, Find(table, snapshotId)));
        }

        if (!OverHistory.TryGetValue(name, out var ofHistory))
        {
            throw new NotFoundException("metadata-table", name, $"the metadata tables are {string.Join(", ", Names)}");
        }

        return snapshotId is null
            ? new MetadataTable(name.ToLowerInvariant(), ofHistory(table))
            : throw new InvalidTableArgumentException($"metadata table '{name}' is over the whole history of table '{table.Name}' and takes no snapshot; leave it out");
    }

    /// <summary>The rows as batches of at most 1,024, in the order of the metadata. The consumer disposes each batch.</summary>
    /// <exception cref="NotFoundException">A manifest does not exist.</exception>
    /// <exception cref="InvalidFileException">A manifest is not what its list says.</exception>
    public IAsyncEnumerable<RecordBatch> ReadAsync(CancellationToken cancellationToken) => RowBatches.Of(rows.Schema, rows.Read(cancellationToken), cancellationToken);

    private static Snapshot? Find(Table table, long? id) => id is not { } wanted
        ? table.Metadata.CurrentSnapshot
        : table.Metadata.FindSnapshot(wanted)
            ?? throw new NotFoundException("snapshot", wanted.ToString(CultureInfo.InvariantCulture), $"it is not in table '{table.Name}', or has expired; see its history");
}
