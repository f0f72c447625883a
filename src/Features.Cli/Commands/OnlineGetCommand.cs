using System.CommandLine;
using Features.Cli.Output;
using Features.Core.Governance;
using Features.Core.Online;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features online get</c>: features of some entities, from the workspace's online store; no service has to run.</summary>
internal static class OnlineGetCommand
{
    public static Command Create(CliConsole console)
    {
        var features = new Option<string[]>("--features") { Description = "References, separated by commas or given many times: view:feature, view:*.", HelpName = "a:b,c:*" };
        var service = new Option<string?>("--service") { Description = "A feature service, in the place of --features.", HelpName = "SERVICE" };
        var entity = new Option<string[]>("--entity") { Description = "A join key and its values, one a row; may be given for each key.", HelpName = "KEY=a,b", Required = true };
        var request = new Option<string[]>("--request") { Description = "A column that on-demand features read: a value for every row, or one for all.", HelpName = "COL=a,b" };
        var at = new Option<string?>("--at") { Description = "The moment that is asked about; default: now.", HelpName = "TIME" };
        var set = new Option<string?>("--training-set") { Description = "Add the columns of this training set's fitted transformations.", HelpName = "NAME" };
        var fullNames = new Option<bool>("--full-names") { Description = "Call features view__feature." };
        var statuses = new Option<bool>("--statuses") { Description = "Say of each value whether it is there (PRESENT), null (NULL_VALUE), of an unknown key (NOT_FOUND) or too old (OUTSIDE_MAX_AGE)." };
        var format = new Option<string>("--format") { Description = "How rows are printed.", DefaultValueFactory = _ => "table" }.AcceptOnlyFromAmong("table", "json");
        var folder = Verb.Workspace();
        return Verb.Create(
            "get",
            "Look features up in the online store.",
            "features online get --service delay_model --entity origin=SFO,JFK --entity destination=LAX,BOS",
            features, service, entity, request, at, set, fullNames, statuses, format, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            string[] references = [.. (parse.GetValue(features) ?? []).SelectMany(SplitReferences)];
            if (references.Length == 0 == parse.GetValue(service) is null)
            {
                throw new CliException(CliException.Usage, "say which features: --features view:feature,… or --service NAME, and not both");
            }

            var definitions = await workspace.Registry.LoadAsync(cancellationToken);
            var answer = await workspace.OnlineFeatures.GetAsync(
                new OnlineRequest
                {
                    Features = references,
                    Service = parse.GetValue(service),
                    Entities = new EntityTexts(definitions, references, parse.GetValue(service)).Read(parse.GetRequiredValue(entity), parse.GetValue(request) ?? []),
                    At = parse.GetValue(at) is { } text ? CliTime.TryParse(text) ?? throw new CliException(CliException.Usage, $"--at {text} {CliTime.Form}") : null,
                    FullNames = parse.GetValue(fullNames),
                    TrainingSet = parse.GetValue(set),
                },
                new Reader(workspace.Principal, "online"),
                cancellationToken);
            OnlineRows.Write(console, answer, parse.GetValue(statuses), isJson: parse.GetValue(format) == "json");
        });
    }

    // A comma within brackets is part of a reference: view[key=column,other=column]@alias:feature.
    private static IEnumerable<string> SplitReferences(string text)
    {
        var (begin, depth) = (0, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            depth += i == text.Length ? 0 : text[i] switch { '[' => 1, ']' => -1, _ => 0 };
            if (i == text.Length || (text[i] == ',' && depth == 0))
            {
                if (text[begin..i].Trim() is { Length: > 0 } reference)
                {
                    yield return reference;
                }

                begin = i + 1;
            }
        }
    }
}
