using System.CommandLine;
using Features.Core.Registry;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features apply</c>: makes the definitions of the workspace's files the ones in force.</summary>
internal static class ApplyCommand
{
    public static Command Create(CliConsole console)
    {
        var planOnly = new Option<bool>("--plan") { Description = "Show what would change, and what depends on it, and change nothing." };
        var prune = new Option<bool>("--prune") { Description = "Remove what is in force and stands in the files no more; its history is kept." };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create("apply", "Check the definitions (all faults at once) and put them in force, together.", "features apply --plan", planOnly, prune, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var plan = await workspace.ApplyAsync(parse.GetValue(planOnly), parse.GetValue(prune), cancellationToken);
            if (parse.GetValue(json))
            {
                DefinitionJsonLines.Write(console, plan);
            }
            else
            {
                await WriteAsync(console, plan, parse.GetValue(planOnly));
            }
        });
    }

    private static async Task WriteAsync(CliConsole console, RegistryPlan plan, bool planOnly)
    {
        foreach (var change in plan.Entries)
        {
            await console.Out.WriteLineAsync($"{change.Change.ToString().ToLowerInvariant(),-10} {change.Kind} {change.Name}");
            foreach (var difference in change.Differences)
            {
                await console.Out.WriteLineAsync($"             {difference}");
            }
        }

        foreach (var impact in plan.Impacts)
        {
            await console.Out.WriteLineAsync($"reaches    {impact}");
        }

        foreach (var warning in plan.Warnings)
        {
            await console.Error.WriteLineAsync($"warning: {warning}");
        }

        if (plan.Entries.Any(e => e.Change == RegistryChange.Absent))
        {
            await console.Out.WriteLineAsync("absent: not in the files any more, and still in force; remove it with --prune");
        }

        if (planOnly && plan.HasChanges)
        {
            await console.Out.WriteLineAsync("nothing was changed; run 'features apply' to put it in force");
        }
    }
}
