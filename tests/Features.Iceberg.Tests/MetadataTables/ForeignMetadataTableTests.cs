using Features.Iceberg.Conformance;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;

namespace Features.Iceberg.MetadataTables;

/// <summary>Metadata tables of the tables that other engines wrote.</summary>
public sealed class ForeignMetadataTableTests
{
    // Snapshot ids above the largest 64-bit integer, a manifest list that was not published, and files in a bucket that is none.
    private static readonly string[] Unreadable =
        ["equality_delete_cross_partition/warehouse/ns/t", "equality_delete_extra_column/warehouse/ns/t", "equality_deletes/warehouse/mydb/mytable", "generated_bounds"];

    public static TheoryData<string, string> Tables() =>
        [.. FixtureTable.Snapshots().Where(s => s.Snapshot.Length == 0 && !Unreadable.Contains(s.Table)).Select(s => (s.Source, s.Table))];

    [Theory]
    [MemberData(nameof(Tables), DisableDiscoveryEnumeration = true)]
    public async Task EveryMetadataTable_IsReadToItsLastRow_AndCountsWhatTheManifestsHold(string source, string name)
    {
        Assert.SkipWhen(FixtureTable.Missing is not null, FixtureTable.Missing ?? "");
        var table = await FixtureTable.OpenAsync(source, FixtureTable.Inventory(source)!.First(t => t.GetProperty("table").GetString() == name));
        var counts = new Dictionary<string, long>();
        foreach (var metadataName in MetadataTable.Names)
        {
            var metadataTable = MetadataTable.Open(table, metadataName);
            counts[metadataName] = 0;
            await foreach (var batch in metadataTable.ReadAsync(default))
            {
                using (batch)
                {
                    counts[metadataName] += Rows.Of(batch, metadataTable.Schema).Count;
                }
            }
        }

        long data = 0, deletes = 0;
        await foreach (var file in SnapshotFiles.ReadAsync(table, table.Metadata.CurrentSnapshot, default))
        {
            _ = file.Content == FileContent.Data ? data++ : deletes++;
        }

        Assert.Equal((data, deletes, data + deletes), (counts["data_files"], counts["delete_files"], counts["files"]));
        Assert.Equal(table.Metadata.Snapshots.Count, counts["snapshots"]);
        Assert.True(counts["all_files"] >= counts["files"] && counts["entries"] >= counts["files"] && counts["partitions"] <= counts["files"]);
    }
}
