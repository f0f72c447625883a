using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Iceberg;
using Features.Iceberg.Maintenance;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary>The verbs that tidy a table up: <c>expire</c> and <c>orphans</c>. A dry run lists what would go, and changes nothing.</summary>
internal static class TableMaintenanceCommand
{
    public static Command CreateExpire(CliConsole console)
    {
        var olderThan = OlderThan("Expire snapshots made before this time, or of more than this age; by default, as the table's properties say.");
        var retain = new Option<int?>("--retain-last") { Description = "Keep at least so many snapshots of each branch.", HelpName = "N" };
        var snapshots = new Option<string[]>("--snapshot") { Description = "Expire this snapshot, whatever its age; may be given many times.", HelpName = "ID", AllowMultipleArgumentsPerToken = false };
        snapshots.Validators.Add(result => SnapshotChoice.Check(result, "--snapshot", text => SnapshotChoice.SnapshotId(text) is not null, SnapshotChoice.SnapshotIdForm));
        return Create(
            console, "expire", "Expire old snapshots, and remove the files that only they were made of. Branches and tags keep what they name.",
            "features table expire flights.departures --older-than 30d --retain-last 5 --dry-run", [olderThan, retain, snapshots], async (parse, workspace, table, dryRun, cancellationToken) =>
        {
            var expiry = new SnapshotExpiry(table)
            {
                OlderThan = Time(parse.GetValue(olderThan), workspace.Clock),
                RetainLast = parse.GetValue(retain),
                SnapshotIds = [.. (parse.GetValue(snapshots) ?? []).Select(text => SnapshotChoice.SnapshotId(text)!.Value)],
            };
            var plan = await expiry.PlanAsync(cancellationToken: cancellationToken);
            var failed = dryRun ? [] : (await expiry.ExecuteAsync(plan, cancellationToken: cancellationToken)).Files.Failed;
            return new Outcome(
                [
                    .. plan.Snapshots.Select(s => new Line("snapshot", TableJson.Id(s.SnapshotId)!)),
                    .. plan.Refs.Select(r => new Line("ref", r)),
                    .. plan.Files.Select(f => new Line(Kind(f.Kind), f.Location)),
                ],
                failed);
        });
    }

    public static Command CreateOrphans(CliConsole console)
    {
        var olderThan = OlderThan("Only files last changed before this time, or longer ago than this age; default 3d. Longer than any write to the table takes.");
        var recent = new Option<bool>("--allow-recent") { Description = "Allow an age below a day: only where it is certain that nobody is writing to the table." };
        return Create(
            console, "orphans", "Remove the files in a table's folder that nothing names: what failed writers left.", "features table orphans flights.departures --older-than 7d --dry-run", [olderThan, recent],
            async (parse, workspace, table, dryRun, cancellationToken) =>
        {
            var age = Time(parse.GetValue(olderThan), workspace.Clock) is { } time ? workspace.Clock.GetUtcNow() - time : TimeSpan.FromDays(3);
            var removal = new OrphanRemoval(table) { MinimumAge = age, AllowsRecentFiles = parse.GetValue(recent) };
            if (age < OrphanRemoval.LowestAge && !removal.AllowsRecentFiles)
            {
                throw new InvalidTableArgumentException(
                    $"orphans of table '{table.Name}' of less than {OrphanRemoval.LowestAge.TotalHours:0} hours may belong to a write that is not committed yet; choose a greater age, or add --allow-recent where nobody is writing");
            }

            var plan = await removal.PlanAsync(cancellationToken: cancellationToken);
            var failed = dryRun ? [] : (await removal.ExecuteAsync(plan, cancellationToken: cancellationToken)).Failed;
            return new Outcome([.. plan.Files.Select(f => new Line("orphan", f.Location))], failed);
        });
    }

    private static Option<string?> OlderThan(string description)
    {
        var option = new Option<string?>("--older-than") { Description = description, HelpName = "TIME|30d" };
        option.Validators.Add(result => SnapshotChoice.Check(
            result, "--older-than", text => CliTime.TryParse(text) is not null || CliTime.TryParseSpan(text) is not null, "is neither a time nor an age; write 2024-01-31, 2024-01-31T13:45:00Z, 36h or 30d"));
        return option;
    }

    private static DateTimeOffset? Time(string? text, TimeProvider clock) => text is null ? null : CliTime.TryParse(text) ?? (clock.GetUtcNow() - CliTime.TryParseSpan(text)!.Value);

    private static string Kind(TableFileKind kind) => kind switch
    {
        TableFileKind.Data => "data",
        TableFileKind.Deletes => "deletes",
        TableFileKind.Manifest => "manifest",
        TableFileKind.ManifestList => "manifest_list",
        _ => "statistics",
    };

    private static Command Create(
        CliConsole console, string name, string description, string example, IEnumerable<Symbol> symbols, Func<ParseResult, Workspace, Table, bool, CancellationToken, Task<Outcome>> run)
    {
        var target = TableChange.Argument();
        var dryRun = new Option<bool>("--dry-run") { Description = "List what would go; change nothing." };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create(name, description, example, [target, .. symbols, dryRun, json, folder]).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var table = await TableChange.LoadAsync(workspace, parse.GetRequiredValue(target), cancellationToken);
            var outcome = await run(parse, workspace, table, parse.GetValue(dryRun), cancellationToken);
            var failed = outcome.Failed.ToDictionary(f => f.Location, f => f.Reason);
            foreach (var line in outcome.Lines)
            {
                var state = parse.GetValue(dryRun) ? "planned" : failed.ContainsKey(line.Name) ? "failed" : "removed";
                if (parse.GetValue(json))
                {
                    console.Json(new JsonObject { ["kind"] = line.Kind, ["name"] = line.Name, ["state"] = state });
                }
                else if (parse.GetValue(dryRun))
                {
                    await console.Out.WriteLineAsync($"{line.Kind}  {line.Name}");
                }
            }

            if (!parse.GetValue(json))
            {
                await console.Out.WriteLineAsync($"{table.Name}: {Summary(outcome.Lines, parse.GetValue(dryRun))}");
            }

            if (failed.Count > 0)
            {
                throw new StorageException(failed.Keys.First(), $"{failed.Count} files could not be removed, this one for: {failed.Values.First()}", "'features table orphans' finds them again", true);
            }
        });
    }

    private static string Summary(IReadOnlyList<Line> lines, bool isDry) => lines.Count == 0
        ? "nothing to remove"
        : $"{string.Join(", ", lines.GroupBy(l => l.Kind).Select(g => $"{g.Count():N0} {Words(g.Key)}{(g.Count() == 1 ? "" : "s")}"))} {(isDry ? "would be removed" : "removed")}";

    private static string Words(string kind) => kind switch
    {
        "data" or "orphan" or "statistics" => $"{kind} file",
        "deletes" => "delete file",
        "manifest_list" => "manifest list",
        "ref" => "branch or tag",
        _ => kind,
    };

    private sealed record Line(string Kind, string Name);

    private sealed record Outcome(IReadOnlyList<Line> Lines, IReadOnlyList<(string Location, string Reason)> Failed);
}
