using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Cli.Output;
using Features.Server.Ingest;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features ingest</c>: takes files through a pipeline, exactly once each.</summary>
internal static class IngestCommand
{
    public static Command Create(CliConsole console)
    {
        var pipeline = new Argument<string>("pipeline") { Description = "The pipeline's name.", HelpName = "PIPELINE" };
        var files = new Argument<string[]>("uri") { Description = "The files.", HelpName = "URI", Arity = ArgumentArity.OneOrMore };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create("ingest", "Take files through a pipeline into its table; a file that was taken already adds nothing.", "features ingest departures data/flights.parquet", pipeline, files, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var failures = new List<string>();
            foreach (var file in parse.GetRequiredValue(files))
            {
                var result = await DirectIngest.RunAsync(workspace, parse.GetRequiredValue(pipeline), file, cancellationToken);
                var outcome = result.Outcome;
                if (outcome.Error is { } error)
                {
                    failures.Add($"{file}: {error}");
                }
                else if (parse.GetValue(json))
                {
                    console.Json(new JsonObject
                    {
                        ["run"] = result.RunId,
                        ["read"] = outcome.Read,
                        ["good"] = outcome.Good,
                        ["quarantined"] = outcome.Quarantined,
                        ["snapshot"] = TableJson.Id(outcome.Snapshot),
                        ["duplicate"] = result.Duplicate,
                    });
                }
                else
                {
                    await console.Out.WriteLineAsync(
                        $"{file}: {outcome.Read:N0} read = {outcome.Good:N0} good + {outcome.Quarantined:N0} quarantined" + (result.Duplicate ? " (taken before; nothing added)" : ""));
                }
            }

            if (failures.Count > 0)
            {
                throw new CliException("ingest", string.Join("; ", failures));
            }
        });
    }
}
