using System.Globalization;
using Features.Iceberg.Conformance;
using Features.Iceberg.FaultHost;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Every version of a table's metadata and every snapshot that one of them had, expired ones too, in the order of their commits.</summary>
internal sealed class WriterHistory
{
    private readonly List<(string Location, TableMetadata Metadata)> versions = [];
    private readonly List<Snapshot> snapshots = [];

    public static async Task<WriterHistory> ReadAsync(Table table)
    {
        var history = new WriterHistory();
        foreach (var location in table.Metadata.MetadataLog.Select(e => e.MetadataFile).Append(table.MetadataLocation))
        {
            var metadata = await TableMetadataJson.ReadAsync(table.Storage, location, default);
            history.versions.Add((location, metadata));
            history.snapshots.AddRange(metadata.Snapshots.Where(s => history.snapshots.All(known => known.SnapshotId != s.SnapshotId)));
        }

        return history;
    }

    /// <summary>One line of versions, each of which names the one before, and one of snapshots.</summary>
    public void CheckLine()
    {
        for (var i = 0; i < versions.Count; i++)
        {
            var (location, metadata) = versions[i];
            Assert.Equal(i, int.Parse(Path.GetFileName(location).Split('-')[0], CultureInfo.InvariantCulture));
            Assert.Equal(versions.Take(i).Select(v => v.Location), metadata.MetadataLog.Select(e => e.MetadataFile));
            var known = i == 0 ? [] : versions[i - 1].Metadata.Snapshots.Select(s => s.SnapshotId).ToHashSet();
            Assert.True(metadata.Snapshots.Count(s => !known.Contains(s.SnapshotId)) <= 1, "a commit makes one snapshot");
        }

        Assert.Null(snapshots[0].ParentId);
        foreach (var (parent, child) in snapshots.Zip(snapshots.Skip(1)))
        {
            Assert.Equal(parent.SnapshotId, child.ParentId);
            Assert.Equal(parent.SequenceNumber + 1, child.SequenceNumber);
        }

        Assert.Equal(snapshots[^1].SnapshotId, versions[^1].Metadata.CurrentSnapshotId);
    }

    /// <summary>What a writer was told took place did, once; what it was told did not, did not; what it does not know of took place once or not at all.</summary>
    public void CheckOutcomes(IReadOnlyDictionary<string, WriterOperation> operations, IReadOnlyDictionary<string, string> outcomes)
    {
        var committed = snapshots.Select(TagOf).OfType<string>().CountBy(tag => tag).ToDictionary();
        Assert.All(committed.Keys, tag => Assert.Contains(tag, operations.Keys));
        foreach (var (tag, outcome) in outcomes)
        {
            var operation = operations[tag];
            var times = operation.Kind == WriterOperationKind.Evolve ? versions[^1].Metadata.CurrentSchema.Fields.Count(f => f.Name == operation.Column) : committed.GetValueOrDefault(tag);
            if (operation.IsTagged || operation.Kind == WriterOperationKind.Evolve)
            {
                Assert.True(
                    outcome switch { "changed" => times == 1, "nothing" or "conflict" => times == 0, _ => times <= 1 }, $"{operation.Kind} {tag}: its writer was told '{outcome}', and it took place {times} times");
            }
        }
    }

    /// <summary>Replays the operations in the order of their snapshots, compares the rows of every snapshot that is left, and returns the last ones.</summary>
    public async Task<List<string>> CheckRowsAsync(Table table, IReadOnlyDictionary<string, WriterOperation> operations)
    {
        List<WriterRow> rows = [];
        List<string> lines = [];
        var compared = 0;
        foreach (var snapshot in snapshots)
        {
            var tag = TagOf(snapshot);
            Assert.True(tag is not null || snapshot.Summary["operation"] == "replace", "only a rewrite bears no tag");
            rows = tag is null ? rows : [.. operations[tag].Apply(rows)];
            lines = [.. rows.Select(r => Rows.Text(new object?[] { r.Id, r.Part, r.Value })).Order(StringComparer.Ordinal)];
            if (table.Metadata.FindSnapshot(snapshot.SnapshotId) is not null)
            {
                Assert.Equal(lines, await RowsAsync(table, snapshot.SnapshotId));
                compared++;
            }
        }

        Assert.Equal(table.Metadata.Snapshots.Count, compared);
        return lines;
    }

    /// <summary>The rows of a snapshot, in an order of their own.</summary>
    public static async Task<List<string>> RowsAsync(Table table, long snapshotId) =>
        [.. (await Warehouse.LinesAsync(table.NewScan() with { SnapshotId = snapshotId, Columns = ["id", "part", "value"] })).Order(StringComparer.Ordinal)];

    private static string? TagOf(Snapshot snapshot) => snapshot.Summary.GetValueOrDefault(WriterOperation.TagKey);
}
