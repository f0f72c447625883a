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
        var spine = new Option<string?>("--spine") { Description = "The rows to join to: a table, a Parquet or Arrow file (kept as a table under spines), or one SELECT.", HelpName = "TABLE|FILE|SQL" };
        var timestamp = new Option<string?>("--timestamp") { Description = "The spine's column that says as of when.", HelpName = "COLUMN" };
        var label = new Option<string?>("--label") { Description = "The spine's column to be learnt.", HelpName = "COLUMN" };
        var matures = new Option<string?>("--label-matures") { Description = "How long after the row's timestamp the label is known; rows whose label is not known yet are left out.", HelpName = "30d" };
        var split = new Option<string?>("--split") { Description = "How rows are shared out, by time, by key, or by a column's values.", HelpName = "time:train=0.8,test=0.2" };
        var asOf = new Option<string?>("--as-of") { Description = "The moment by which labels must be known; by default when the newest snapshot of the spine was committed.", HelpName = "TIME" };
        asOf.Validators.Add(result => SnapshotChoice.Check(result, "--as-of", text => CliTime.TryParse(text) is not null, CliTime.Form));
        matures.Validators.Add(result => SnapshotChoice.Check(result, "--label-matures", text => CliTime.TryParseSpan(text) is not null, CliTime.SpanForm));
        var replace = new Option<bool>("--replace") { Description = "Make the set anew when it stands with other contents." };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create(
            "create",
            "Join a training set point-in-time, pin what it read, and store it. Made again from the same data it is the same set.",
            "features dataset create delays",
            name, from, spine, timestamp, label, matures, split, asOf, replace, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var set = parse.GetRequiredValue(name);
            var declared = (parse.GetValue(from), parse.GetValue(spine), parse.GetValue(timestamp)) switch
            {
                (null, null, null) when parse.GetValue(label) is not null || parse.GetValue(matures) is not null || parse.GetValue(split) is not null =>
                    throw new CliException(CliException.Usage, "--label, --label-matures and --split describe a set together with --from, --spine and --timestamp; a declared set has them in its definition"),
                (_, _, _) when parse.GetValue(label) is null && parse.GetValue(matures) is not null =>
                    throw new CliException(CliException.Usage, "--label-matures says when the label is known, and there is none; name it with --label COLUMN"),
                (null, null, null) => await workspace.DeclaredTrainingSetAsync(set, cancellationToken),
                ({ } service, { } rows, { } time) => new TrainingSet(set)
                {
                    Split = SplitText.Read(parse.GetValue(split)),
                    Service = service,
                    Spine = await SpineText.ReadAsync(workspace, set, rows, cancellationToken),
                    Timestamp = time,
                    Label = parse.GetValue(label) is { } column ? new Label(column) { Matures = parse.GetValue(matures) is { } span ? CliTime.TryParseSpan(span) : null } : null,
                },
                _ => throw new CliException(CliException.Usage, "--from, --spine and --timestamp go together; leave all three out for a set that the definitions declare"),
            };
            var created = await workspace.CreateTrainingSetAsync(declared, parse.GetValue(asOf) is { } moment ? CliTime.TryParse(moment) : null, parse.GetValue(replace), cancellationToken);
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
