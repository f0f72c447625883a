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
        var format = new Option<string>("--format") { Description = "Markdown, a page of its own, or JSON-LD for catalogues of data sets (MLCommons Croissant).", DefaultValueFactory = _ => "md" }
            .AcceptOnlyFromAmong("md", "html", "croissant");
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
            var (cards, reader) = (new TrainingSetCards(workspace.TrainingSets, workspace.Reads), new Reader(workspace.Principal, "dataset"));
            var card = await cards.ReadAsync(manifest, await workspace.Registry.LoadAsync(cancellationToken), reader, cancellationToken);
            var text = parse.GetValue(format) switch
            {
                "html" => HtmlCard.Write(card),
                "croissant" => CroissantCard.Write(await cards.WithFilesAsync(card, reader, cancellationToken)),
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
