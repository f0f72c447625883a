using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Cli.Output;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Materialization;
using Features.Iceberg;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features push</c>: rows of a file, into a push source.</summary>
internal static class PushCommand
{
    private static readonly Dictionary<string, PushTo> Targets = new() { ["online"] = PushTo.Online, ["offline"] = PushTo.Offline, ["online_and_offline"] = PushTo.OnlineAndOffline };

    public static Command Create(CliConsole console)
    {
        var source = new Argument<string>("source") { Description = "The push source's name.", HelpName = "SOURCE" };
        var files = Verb.Files();
        var to = new Option<string>("--to") { Description = "Where the rows go: online (answered at once, kept in no table), offline (into the table), or online_and_offline.", DefaultValueFactory = _ => "online_and_offline" }
            .AcceptOnlyFromAmong([.. Targets.Keys]);
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create("push", "Push rows to a push source: they are answered online at once, and go into its table as any file does.", "features push departures_push data/late.csv", source, files, to, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var name = parse.GetRequiredValue(source);
            var sources = (await workspace.Registry.LoadAsync(cancellationToken)).Definitions.OfType<PushSource>().ToList();
            var declared = sources.Find(s => s.Name == name) ?? throw new CliException(
                "push-source-missing",
                $"no definition in force declares the push source '{name}' ({(sources.Count == 0 ? "there is none; declare one with kind: PushSource" : $"there are: {string.Join(", ", sources.Select(s => s.Name))}")})");
            var schema = (await workspace.Reads.LoadAsync(TableIdentifier.TryParse(declared.Table)!, cancellationToken)).Metadata.CurrentSchema;
            await using var session = await workspace.Engine.OpenAsync(SqlTrust.Pipeline, cancellationToken);
            foreach (var file in parse.GetRequiredValue(files))
            {
                await foreach (var batch in await FileRows.ReadAsync(session, file, schema, cancellationToken))
                {
                    using (batch)
                    {
                        Report(console, file, await workspace.Pushes.PushAsync(name, batch, Targets[parse.GetRequiredValue(to)], new Reader(workspace.Principal, Pushes.Action), pushId: null, cancellationToken), parse.GetValue(json));
                    }
                }
            }
        });
    }

    private static void Report(CliConsole console, string file, PushResult result, bool json)
    {
        if (json)
        {
            console.Json(new JsonObject
            {
                ["file"] = file,
                ["rows"] = result.Rows,
                ["rejected"] = result.Rejected,
                ["sequence"] = result.Sequence,
                ["views"] = new JsonArray([.. result.Views.Select(v => new JsonObject { ["name"] = v.View, ["rows"] = v.Rows, ["problem"] = v.Problem })]),
            });
            return;
        }

        console.Out.WriteLine($"{file}: {result.Rows:N0} rows{(result.Rejected > 0 ? $", of which {result.Rejected:N0} do not fit the table" : "")}{(result.Sequence is { } sequence ? $", batch {sequence} of the inbox" : "")}");
        foreach (var view in result.Views)
        {
            console.Out.WriteLine(view.Problem is null ? $"  {view.View}: {view.Rows:N0} rows answer" : $"  {view.View}: {view.Problem}");
        }
    }
}
