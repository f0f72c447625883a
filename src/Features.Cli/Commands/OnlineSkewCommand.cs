using System.CommandLine;
using System.Globalization;
using Features.Cli.Output;
using Features.Core.Governance;
using Features.Core.Skew;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features online skew</c>: logged answers against training data.</summary>
internal static class OnlineSkewCommand
{
    private const string Code = "skew";

    public static Command Create(CliConsole console)
    {
        var since = Time("--since", "Only answers given from this time on, or in the last so long.");
        var until = Time("--until", "Only answers given before this time, or longer ago than this.");
        var service = new Option<string?>("--service") { Description = "Only answers to requests for this feature service.", HelpName = "NAME" };
        var tolerance = new Option<double>("--tolerance")
        {
            Description = "Numbers no further apart than this, or than this share of the greater, are equal.", HelpName = "X", DefaultValueFactory = _ => new SkewRequest(Reader.Local(SkewCheck.Action)).Tolerance,
        };
        tolerance.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(double.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && value is >= 0 and < double.PositiveInfinity))
            {
                result.AddError($"--tolerance is {token.Value}, and is a number from 0, such as 1e-9");
            }
        });
        var examples = new Option<int>("--examples") { Description = "Differences that are shown for each feature.", HelpName = "N", DefaultValueFactory = _ => new SkewRequest(Reader.Local(SkewCheck.Action)).Examples };
        examples.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value.StartsWith('-'))
            {
                result.AddError($"--examples is {token.Value}, and counts from 0");
            }
        });
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create(
            "skew",
            "Compare logged online answers with what the tables say for the same keys and moments. Answers are logged where features.yaml has online.log_share above 0.",
            "features online skew --since 1d",
            since, until, service, tolerance, examples, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var request = new SkewRequest(new Reader(workspace.Principal, SkewCheck.Action))
            {
                Since = Moment(parse.GetValue(since), workspace.Clock),
                Until = Moment(parse.GetValue(until), workspace.Clock),
                Service = parse.GetValue(service),
                Tolerance = parse.GetValue(tolerance),
                Examples = parse.GetValue(examples),
            };
            var report = await workspace.SkewAsync(request, cancellationToken);
            if (report.Answers == 0)
            {
                // A check that saw nothing must not pass for one that found nothing.
                throw new CliException(
                    "no-answers",
                    $"no logged answer is chosen in '{workspace.AnswersPath}'; set online.log_share above 0 in features.yaml and serve, or widen --since, --until and --service");
            }

            if (parse.GetValue(json))
            {
                foreach (var feature in report.Features)
                {
                    console.Json(SkewJson.Of(feature));
                }
            }
            else
            {
                SkewText.Print(console, report);
            }

            Conclude(report, request);
        });
    }

    private static void Conclude(SkewReport report, SkewRequest request)
    {
        if (report.HasDifferences)
        {
            var differing = report.Features.Where(f => f.Differing + f.StatusMismatches > 0).ToList();
            var values = differing.Sum(f => f.Differing);
            var isRedefined = differing.Any(f => f.UnderEarlierDefinition > 0);
            throw new CliException(
                Code,
                string.Create(CultureInfo.InvariantCulture, $"online and historical values differ beyond {request.Tolerance:R}: {string.Join(", ", differing.Select(f => f.Feature))} ({values} values, {differing.Sum(f => f.StatusMismatches)} statuses); ")
                + (isRedefined ? "some were answered under an earlier definition, and --since looks at later answers only; else " : "")
                + "materialise the views anew with 'features materialize --full', and compare with the examples what is asked for and what the tables hold");
        }
    }

    private static Option<string?> Time(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "TIME|1d" };
        option.Validators.Add(result => SnapshotChoice.Check(
            result, name, text => CliTime.TryParse(text) is not null || CliTime.TryParseSpan(text) is not null, "is neither a time nor an age; write 2024-01-31, 2024-01-31T13:45:00Z, 36h or 30d"));
        return option;
    }

    private static DateTimeOffset? Moment(string? text, TimeProvider clock) => text is null ? null : CliTime.TryParse(text) ?? (clock.GetUtcNow() - CliTime.TryParseSpan(text)!.Value);
}
