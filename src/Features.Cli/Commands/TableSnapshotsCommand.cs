using System.CommandLine;
using System.Text.Json.Nodes;

namespace Features.Cli.Commands;

/// <summary><c>features table snapshots</c>: every snapshot that is kept, those of branches too.</summary>
internal static class TableSnapshotsCommand
{
    public static Command Create(CliConsole console) => TableListing.Create(
        console, "snapshots", "List the snapshots that are kept, those of branches too.", ["committed at", "snapshot", "parent", "operation", "refs", "added records", "total records"], [],
        (_, table, _) => table.Metadata.Snapshots.Select(snapshot =>
        {
            string[] refs = [.. table.Metadata.Refs.Where(r => r.Value.SnapshotId == snapshot.SnapshotId).Select(r => r.Key).Order(StringComparer.Ordinal)];
            var json = new JsonObject
            {
                ["committed_at"] = TableJson.Time(snapshot.TimestampMs),
                ["snapshot"] = TableJson.Id(snapshot.SnapshotId),
                ["parent"] = TableJson.Id(snapshot.ParentId),
                ["sequence_number"] = snapshot.SequenceNumber,
                ["schema_id"] = snapshot.SchemaId,
                ["operation"] = snapshot.Operation,
                ["refs"] = new JsonArray([.. refs.Select(r => (JsonNode?)r)]),
                ["manifest_list"] = snapshot.ManifestList,
                ["summary"] = TableJson.Strings(snapshot.Summary),
            };
            return new TableListing.Line(
                json, TableJson.Time(snapshot.TimestampMs), TableJson.Id(snapshot.SnapshotId)!, TableJson.Id(snapshot.ParentId) ?? "", snapshot.Operation ?? "", string.Join(", ", refs),
                snapshot.Summary.GetValueOrDefault("added-records") ?? "", snapshot.Summary.GetValueOrDefault("total-records") ?? "");
        }).ToAsyncEnumerable());
}
