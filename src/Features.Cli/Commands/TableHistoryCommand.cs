using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Features.Cli.Commands;

/// <summary><c>features table history</c>: which snapshot became current when, oldest first.</summary>
internal static class TableHistoryCommand
{
    public static Command Create(CliConsole console)
    {
        var name = TableTarget.Argument();
        var json = Verb.Json();
        var folder = Verb.Workspace();
        return Verb.Create("history", "Show which snapshot became current when, oldest first.", "features table history flights.departures", name, json, folder).Does(async (parse, cancellationToken) =>
        {
            var target = parse.GetRequiredValue(name);
            await using var workspace = await TableTarget.OpenWorkspaceAsync(target, parse.GetValue(folder), cancellationToken);
            var metadata = (await TableTarget.LoadAsync(workspace, target, [], cancellationToken)).Metadata;
            var rows = new Table().Border(TableBorder.Simple).AddColumns("made current at", "snapshot", "parent", "operation", "added records", "total records");
            foreach (var entry in metadata.SnapshotLog)
            {
                // An expired snapshot leaves its entry in the log but none among the snapshots.
                var snapshot = metadata.FindSnapshot(entry.SnapshotId);
                if (parse.GetValue(json))
                {
                    console.Json(new JsonObject
                    {
                        ["made_current_at"] = TableJson.Time(entry.TimestampMs),
                        ["snapshot"] = TableJson.Id(entry.SnapshotId),
                        ["parent"] = TableJson.Id(snapshot?.ParentId),
                        ["operation"] = snapshot?.Operation,
                        ["summary"] = snapshot is null ? null : TableJson.Strings(snapshot.Summary),
                    });
                }
                else
                {
                    rows.AddRow(TableJson.Time(entry.TimestampMs), TableJson.Id(entry.SnapshotId)!, TableJson.Id(snapshot?.ParentId) ?? "", snapshot?.Operation ?? "expired",
                        snapshot?.Summary.GetValueOrDefault("added-records") ?? "", snapshot?.Summary.GetValueOrDefault("total-records") ?? "");
                }
            }

            if (!parse.GetValue(json))
            {
                console.People.Write(rows);
            }
        });
    }
}
