using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Core.Governance;
using Features.Core.Materialization;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features materialize</c>: brings views online to their tables' newest snapshots.</summary>
internal static class MaterializeCommand
{
    public static Command Create(CliConsole console)
    {
        var views = new Argument<string[]>("view") { Description = "Views to materialise; default: all that are in force.", HelpName = "VIEW", Arity = ArgumentArity.ZeroOrMore };
        var service = new Option<string?>("--service") { Description = "The views of this feature service.", HelpName = "S" };
        var full = new Option<bool>("--full") { Description = "Read every row again, whatever is there." };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create("materialize", "Bring views online to their tables' newest snapshots: what was added is added, what was changed or deleted is put again.", "features materialize", views, service, full, json, folder)
            .Does(async (parse, cancellationToken) =>
            {
                await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
                var request = new MaterializeRequest(await workspace.Registry.LoadAsync(cancellationToken), new Reader(workspace.Principal, Materializer.Action))
                {
                    Views = parse.GetValue(views) ?? [],
                    Service = parse.GetValue(service),
                    Full = parse.GetValue(full),
                };
                var results = await new MaterializationBars(console.Progress).RunAsync(progress => workspace.Materializer.MaterializeAsync(request, progress, cancellationToken));
                foreach (var result in results)
                {
                    if (parse.GetValue(json))
                    {
                        console.Json(Describe(result));
                    }
                    else
                    {
                        await console.Out.WriteLineAsync(Sentence(result));
                    }
                }

                if (results.Count == 0 && !parse.GetValue(json))
                {
                    await console.Out.WriteLineAsync("no feature view is in force; declare one with kind: FeatureView, and run 'features apply'");
                }
            });
    }

    private static JsonObject Describe(MaterializedView view) => new()
    {
        ["view"] = view.View,
        ["mode"] = view.Mode.ToString().ToLowerInvariant(),
        ["rows_read"] = view.RowsRead,
        ["keys_written"] = view.KeysWritten,
        ["keys_recomputed"] = view.KeysRecomputed,
        ["resumed"] = view.Resumed,
        ["from"] = Snapshots(view.From),
        ["to"] = Snapshots(view.To),
        ["seconds"] = Math.Round(view.Elapsed.TotalSeconds, 3),
    };

    private static JsonObject Snapshots(IReadOnlyDictionary<string, long?> snapshots) =>
        new(snapshots.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)TableJson.Id(s.Value))));

    private static string Sentence(MaterializedView view)
    {
        var to = string.Join(", ", view.To.Select(t => t.Value is null ? $"{t.Key}, which has no snapshot" : $"{t.Key} at snapshot {TableJson.Id(t.Value)}"));
        var what = view.Mode switch
        {
            MaterializationMode.Unchanged => "unchanged",
            MaterializationMode.Append => "rows added",
            MaterializationMode.Keys => "changed keys put again",
            _ => "read anew",
        };
        var counts = view.Mode == MaterializationMode.Unchanged ? "" : $": {view.RowsRead:N0} rows, {view.KeysWritten:N0} keys{(view.KeysRecomputed > 0 ? $" ({view.KeysRecomputed:N0} put again)" : "")}{(view.Resumed ? ", taken up where it was stopped" : "")}";
        return $"{view.View}: {what}{counts}; {to} ({view.Elapsed.TotalSeconds:F1} s)";
    }
}
