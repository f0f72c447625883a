using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Core.Registry;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features apply</c>: makes the definitions of the workspace's files the ones in force.</summary>
internal static class ApplyCommand
{
    public static Command Create(CliConsole console)
    {
        var planOnly = new Option<bool>("--plan") { Description = "Show what would change and change nothing." };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create("apply", "Check the definitions (all faults at once) and put them in force, together.", "features apply --plan", planOnly, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var plan = await workspace.ApplyAsync(parse.GetValue(planOnly), cancellationToken);
            foreach (var change in plan.Entries)
            {
                if (parse.GetValue(json))
                {
                    console.Json(new JsonObject { ["kind"] = change.Kind, ["name"] = change.Name, ["change"] = change.Change.ToString().ToLowerInvariant(), ["version"] = change.Version });
                }
                else
                {
                    await console.Out.WriteLineAsync($"{change.Change.ToString().ToLowerInvariant(),-10} {change.Kind} {change.Name}");
                }
            }

            if (plan.Entries.Any(e => e.Change == RegistryChange.Absent) && !parse.GetValue(json))
            {
                await console.Out.WriteLineAsync("absent: not in the files any more, and still in force");
            }

            if (parse.GetValue(planOnly) && plan.HasChanges && !parse.GetValue(json))
            {
                await console.Out.WriteLineAsync("nothing was changed; run 'features apply' to put it in force");
            }
        });
    }
}
