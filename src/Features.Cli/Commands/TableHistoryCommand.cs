using System.CommandLine;
using System.Text.Json.Nodes;

namespace Features.Cli.Commands;

/// <summary><c>features table history</c>: which snapshot became current when, oldest first.</summary>
internal static class TableHistoryCommand
{
    public static Command Create(CliConsole console) => TableListing.Create(
        console, "history", "Show which snapshot became current when, oldest first.", ["made current at", "snapshot", "parent", "operation", "added records", "total records"], [],
        (_, table, _) => table.Metadata.SnapshotLog.Select(entry =>
        {
            // An expired snapshot leaves its entry in the log but none among the snapshots.
            var snapshot = table.Metadata.FindSnapshot(entry.SnapshotId);
            var json = new JsonObject
            {
                ["made_current_at"] = TableJson.Time(entry.TimestampMs),
                ["snapshot"] = TableJson.Id(entry.SnapshotId),
                ["parent"] = TableJson.Id(snapshot?.ParentId),
                ["operation"] = snapshot?.Operation,
                ["summary"] = snapshot is null ? null : TableJson.Strings(snapshot.Summary),
            };
            return new TableListing.Line(
                json, TableJson.Time(entry.TimestampMs), TableJson.Id(entry.SnapshotId)!, TableJson.Id(snapshot?.ParentId) ?? "", snapshot is null ? "expired" : snapshot.Operation ?? "",
                snapshot?.Summary.GetValueOrDefault("added-records") ?? "", snapshot?.Summary.GetValueOrDefault("total-records") ?? "");
        }).ToAsyncEnumerable());
}
