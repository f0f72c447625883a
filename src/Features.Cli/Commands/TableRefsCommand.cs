using System.CommandLine;
using System.Text.Json.Nodes;

namespace Features.Cli.Commands;

/// <summary><c>features table refs</c>: branches and tags, and how long they are kept.</summary>
internal static class TableRefsCommand
{
    public static Command Create(CliConsole console) => TableListing.Create(
        console, "refs", "List branches and tags, and how long they and their snapshots are kept.", ["name", "type", "snapshot", "committed at", "ref kept", "snapshots kept"], [],
        (_, table, _) => table.Metadata.Refs.OrderBy(r => r.Key, StringComparer.Ordinal).Select(pair =>
        {
            var (name, reference) = pair;
            var json = new JsonObject
            {
                ["name"] = name,
                ["type"] = reference.IsBranch ? "branch" : "tag",
                ["snapshot"] = TableJson.Id(reference.SnapshotId),
                ["max_ref_age_ms"] = reference.MaxRefAgeMs,
                ["min_snapshots_to_keep"] = reference.MinSnapshotsToKeep,
                ["max_snapshot_age_ms"] = reference.MaxSnapshotAgeMs,
            };
            string[] snapshots = [.. reference.MinSnapshotsToKeep is { } least ? [$"at least {least}"] : Array.Empty<string>(), .. reference.MaxSnapshotAgeMs is { } age ? [$"for {Span(age)}"] : Array.Empty<string>()];
            return new TableListing.Line(
                json, name, reference.IsBranch ? "branch" : "tag", TableJson.Id(reference.SnapshotId)!, table.Metadata.FindSnapshot(reference.SnapshotId) is { } snapshot ? TableJson.Time(snapshot.TimestampMs) : "",
                reference.MaxRefAgeMs is { } most ? $"for {Span(most)}" : name == Iceberg.Spec.SnapshotRef.Main ? "always" : "by the table's properties",
                snapshots.Length > 0 ? string.Join(", ", snapshots) : reference.IsBranch ? "by the table's properties" : "its own");
        }).ToAsyncEnumerable());

    private static string Span(long milliseconds)
    {
        var span = TimeSpan.FromMilliseconds(milliseconds);
        return span.TotalDays >= 1 ? $"{span.TotalDays:0.##} days" : span.TotalHours >= 1 ? $"{span.TotalHours:0.##} hours" : $"{span.TotalMinutes:0.##} minutes";
    }
}
