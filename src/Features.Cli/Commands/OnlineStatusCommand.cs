using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Features.Core.Governance;
using Features.Core.Materialization;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features online status</c>: how far the views are.</summary>
internal static class OnlineStatusCommand
{
    public static Command Create(CliConsole console)
    {
        var views = new Argument<string[]>("view") { Description = "Views; default: all that are in force.", HelpName = "VIEW", Arity = ArgumentArity.ZeroOrMore };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create("status", "Show how far the views are materialised, and how far behind their tables.", "features online status", views, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var request = new MaterializeRequest(await workspace.Registry.LoadAsync(cancellationToken), new Reader(workspace.Principal, Materializer.Action)) { Views = parse.GetValue(views) ?? [] };
            foreach (var lag in await workspace.Materializer.StatusAsync(request, cancellationToken))
            {
                if (parse.GetValue(json))
                {
                    console.Json(Describe(lag));
                }
                else
                {
                    await console.Out.WriteLineAsync(Sentence(lag));
                }
            }
        });
    }

    private static JsonObject Describe(ViewLag lag) => new()
    {
        ["view"] = lag.View,
        ["materialized"] = lag.State is { Sources.Count: > 0 },
        ["snapshots"] = new JsonObject((lag.State?.Sources ?? []).Select(s => KeyValuePair.Create(s.Table, (JsonNode?)TableJson.Id(s.SnapshotId)))),
        ["snapshots_behind"] = lag.SnapshotsBehind,
        ["other_definition"] = lag.IsOfOtherDefinition,
        ["keys"] = lag.State?.Keys,
        ["frontier"] = lag.State is { Sources.Count: > 0 } state ? Frontier(state.Frontier) : null,
        ["materialized_at"] = lag.State is { Sources.Count: > 0 } at ? at.MaterializedAt.ToString("O", CultureInfo.InvariantCulture) : null,
        ["parts_of_step"] = lag.State?.Step?.PartsDone,
    };

    private static string Sentence(ViewLag lag)
    {
        var step = lag.State?.Step is { } begun ? $"; a step is {begun.PartsDone:N0} parts in" : "";
        if (lag.State is not { Sources.Count: > 0 } state)
        {
            return $"{lag.View}: not materialised{step}; run 'features materialize {lag.View}'";
        }

        var behind = lag.IsOfOtherDefinition ? "of an earlier definition, to be read anew"
            : lag.SnapshotsBehind switch { null => "of a history that is gone, to be read anew", 0 => "up to date", 1 => "1 snapshot behind", var n => $"{n:N0} snapshots behind" };
        var sources = string.Join(", ", state.Sources.Select(s => s.SnapshotId is null ? s.Table : $"{s.Table} at snapshot {TableJson.Id(s.SnapshotId)}"));
        return $"{lag.View}: {behind}; {state.Keys:N0} keys of {sources}; exact from {Frontier(state.Frontier)} on{step}";
    }

    private static string Frontier(long micros) =>
        DateTime.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}
