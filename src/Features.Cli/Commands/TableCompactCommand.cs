using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Features.Iceberg.Maintenance;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features table compact</c>: small files packed together, deleted rows left out, rows sorted if asked.</summary>
internal static class TableCompactCommand
{
    private static readonly Dictionary<string, int> Units = new(StringComparer.OrdinalIgnoreCase) { ["KB"] = 10, ["MB"] = 20, ["GB"] = 30 };

    public static Command Create(CliConsole console)
    {
        var target = TableChange.Argument();
        var where = new Option<string?>("--where") { Description = "Only files that may hold rows of this condition.", HelpName = "SQL" };
        var size = new Option<string?>("--target-size") { Description = "The size that files are to have; default: the table's property write.target-file-size-bytes, or 512MB.", HelpName = "128MB" };
        var sort = new Option<string?>("--sort") { Description = "Sort the rows too: an order, or 'table' for the table's own.", HelpName = "\"a, b desc\"|table" };
        var all = new Option<bool>("--all") { Description = "Rewrite every file, whatever its size." };
        var minInput = new Option<int?>("--min-input-files") { Description = "So many files of a partition are enough for a rewrite; default 5.", HelpName = "N" };
        var branch = new Option<string>("--ref") { Description = "The branch whose files are rewritten.", HelpName = "BRANCH", DefaultValueFactory = _ => SnapshotRef.Main };
        var dryRun = new Option<bool>("--dry-run") { Description = "List the files that would be rewritten; change nothing." };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        size.Validators.Add(result => SnapshotChoice.Check(result, "--target-size", text => Bytes(text) is not null, "is no size; write a number of bytes, or 64MB, 1GB"));
        return Verb.Create(
            "compact", "Write data files again in a better form: small ones packed together, deleted rows left out, in the current partitioning.", "features table compact flights.departures --target-size 128MB --dry-run",
            target, where, size, sort, all, minInput, branch, dryRun, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var table = await TableChange.LoadAsync(workspace, parse.GetRequiredValue(target), cancellationToken);
            var schema = table.Metadata.CurrentSchema;
            var defaults = new DataFileRewrite(table, workspace.Files);
            var rewrite = new DataFileRewrite(table, workspace.Files)
            {
                Branch = parse.GetRequiredValue(branch),
                RewritesAll = parse.GetValue(all),
                Filter = parse.GetValue(where) is { } condition ? FilterText.Parse(condition, schema) : Filter.True,
                SortOrder = parse.GetValue(sort) is not { } order ? null : order == "table" ? table.Metadata.DefaultSortOrder : SortText.Parse(order, schema),
                MinInputFiles = parse.GetValue(minInput) ?? defaults.MinInputFiles,
                TargetFileSizeBytes = parse.GetValue(size) is { } text ? Bytes(text)!.Value : defaults.TargetFileSizeBytes,
            };
            var plan = await rewrite.PlanAsync(cancellationToken);
            if (parse.GetValue(dryRun))
            {
                await ListAsync(console, plan, parse.GetValue(json));
                return;
            }

            var result = await rewrite.ExecuteAsync(plan, cancellationToken: cancellationToken);
            TableChange.Report(console, table, result.Commit, parse.GetValue(json), new JsonObject
            {
                ["files_removed"] = result.FilesRemoved,
                ["files_added"] = result.FilesAdded,
                ["bytes_removed"] = result.BytesRemoved,
                ["bytes_added"] = result.BytesAdded,
                ["delete_files_removed"] = result.DeleteFilesRemoved,
            });
            if (!parse.GetValue(json) && result.Commit.Changed)
            {
                await console.Out.WriteLineAsync(
                    $"{result.FilesRemoved:N0} data files ({result.BytesRemoved:N0} bytes) became {result.FilesAdded:N0} ({result.BytesAdded:N0} bytes); {result.DeleteFilesRemoved:N0} delete files went");
            }
        });
    }

    private static async Task ListAsync(CliConsole console, DataFileRewritePlan plan, bool isJson)
    {
        var metadata = plan.Table.Metadata;
        foreach (var file in plan.Groups.SelectMany(g => g.Tasks).Select(t => t.File).Concat(plan.Deletes))
        {
            if (isJson)
            {
                console.Json(TableFilesCommand.Describe(file, metadata));
            }
            else
            {
                await console.Out.WriteLineAsync($"{(file.Content == Iceberg.Manifests.FileContent.Data ? "rewrite" : "remove")}  {file.FilePath}");
            }
        }

        if (!isJson)
        {
            await console.Out.WriteLineAsync(plan.IsEmpty
                ? $"{plan.Table.Name}: nothing to rewrite"
                : $"{plan.Table.Name}: {plan.Groups.Sum(g => g.Tasks.Count):N0} data files would be rewritten, {plan.Deletes.Count:N0} delete files removed");
        }
    }

    private static long? Bytes(string text)
    {
        var unit = text.Length > 2 && Units.TryGetValue(text[^2..], out var shift) ? shift : 0;
        return long.TryParse(unit > 0 ? text.AsSpan(0, text.Length - 2).Trim() : text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 && count < long.MaxValue >> (unit + 1)
            ? count << unit
            : null;
    }
}
