using System.CommandLine;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features dataset show</c>.</summary>
internal static class DatasetShowCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("name") { Description = "The training set.", HelpName = "NAME" };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create("show", "Show what a training set was made of.", "features dataset show delays", name, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var manifest = await workspace.FindTrainingSetAsync(parse.GetRequiredValue(name), cancellationToken);
            if (parse.GetValue(json))
            {
                console.Json(DatasetJson.Describe(manifest));
            }
            else
            {
                DatasetJson.Print(console.Out, manifest);
            }
        });
    }
}
