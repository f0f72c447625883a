using System.CommandLine;
using Features.Cli.Output;
using Features.Core.Definitions;
using Features.Core.TrainingSets;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features dataset create</c>.</summary>
internal static class DatasetCreateCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("name") { Description = "The training set; one that the definitions declare needs no other option.", HelpName = "NAME" };
        var from = new Option<string?>("--from") { Description = "The feature service whose features are joined.", HelpName = "SERVICE" };
        var spine = new Option<string?>("--spine") { Description = "One SELECT that yields the rows to join to.", HelpName = "SQL" };
        var timestamp = new Option<string?>("--timestamp") { Description = "The spine's column that says as of when.", HelpName = "COLUMN" };
        var label = new Option<string?>("--label") { Description = "The spine's column to be learnt.", HelpName = "COLUMN" };
        var replace = new Option<bool>("--replace") { Description = "Make the set anew when it stands with other contents." };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create(
            "create",
            "Join a training set point-in-time, pin what it read, and store it. Made again from the same data it is the same set.",
            "features dataset create delays",
            name, from, spine, timestamp, label, replace, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var set = parse.GetRequiredValue(name);
            var declared = (parse.GetValue(from), parse.GetValue(spine), parse.GetValue(timestamp)) switch
            {
                (null, null, null) => await workspace.DeclaredTrainingSetAsync(set, cancellationToken),
                ({ } service, { } sql, { } time) => new TrainingSet(set) { Service = service, Spine = sql, Timestamp = time, Label = parse.GetValue(label) },
                _ => throw new CliException(CliException.Usage, "--from, --spine and --timestamp go together; leave all three out for a set that the definitions declare"),
            };
            var created = await workspace.CreateTrainingSetAsync(declared, parse.GetValue(replace), cancellationToken);
            if (parse.GetValue(json))
            {
                console.Json(DatasetJson.Describe(created.Manifest));
            }
            else
            {
                DatasetJson.Print(console.Out, created.Manifest);
                await console.Out.WriteLineAsync(created.Change == TrainingSetChange.Unchanged ? "unchanged: the same definitions over the same snapshots" : created.Change.ToString().ToLowerInvariant());
            }
        });
    }
}
