using System.CommandLine;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features init</c>.</summary>
internal static class InitCommand
{
    public static Command Create(CliConsole console)
    {
        var folder = new Argument<string>("dir") { Description = "The folder to make the workspace in.", HelpName = "DIR" };
        return Verb.Create("init", "Make a workspace with sample definitions and data: flights and their delays.", "features init flights", folder).Does(async (parse, cancellationToken) =>
        {
            var path = parse.GetRequiredValue(folder);
            var written = await WorkspaceTemplate.WriteAsync(path, cancellationToken);
            foreach (var file in written)
            {
                await console.Out.WriteLineAsync($"wrote {Path.Combine(path, file)}");
            }

            await console.Out.WriteLineAsync(written.Count == 0
                ? $"{path} is a workspace already; nothing was written"
                : $"next: cd {path}; features apply; features ingest departures data/flights.parquet");
        });
    }
}
