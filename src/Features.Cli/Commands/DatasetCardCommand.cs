using System.CommandLine;
using Features.Cli.Output;
using Features.Core.Governance;
using Features.Core.TrainingSets.Cards;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features dataset card</c>.</summary>
internal static class DatasetCardCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("name") { Description = "The training set.", HelpName = "NAME" };
        var format = new Option<string>("--format") { Description = "Markdown, or a page of its own.", DefaultValueFactory = _ => "md" }
            .AcceptOnlyFromAmong("md", "html");
        var file = new Option<FileInfo?>("--out") { Description = "Write the card to this file instead of the terminal; what stands there gives way.", HelpName = "FILE" };
        var folder = Verb.Workspace();
        return Verb.Create(
            "card",
            "Say what a training set holds and where it came from: statistics, label balance, lineage, how to read it. It shows values, so it counts as a read of the set.",
            "features dataset card delays --format html --out delays.html",
            name, format, file, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var manifest = await workspace.FindTrainingSetAsync(parse.GetRequiredValue(name), cancellationToken);
            var card = await new TrainingSetCards(workspace.TrainingSets, workspace.Reads)
                .ReadAsync(manifest, await workspace.Registry.LoadAsync(cancellationToken), new Reader(workspace.Principal, "dataset"), cancellationToken);
            var text = parse.GetValue(format) switch
            {
                "html" => HtmlCard.Write(card),
                _ => MarkdownCard.Write(card),
            };
            if (parse.GetValue(file) is { } given)
            {
                await WriteAsync(given, text, cancellationToken);
            }
            else
            {
                await console.Out.WriteAsync(text);
            }
        });
    }

    private static async Task WriteAsync(FileInfo file, string text, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(file.FullName, text, cancellationToken);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliException("file-unwritable", $"the card cannot be written to '{file}': {fault.Message}");
        }
    }
}
