using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Cli.Output;
using Features.Core.TrainingSets.Verification;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features dataset verify</c>.</summary>
internal static class DatasetVerifyCommand
{
    public static Command Create(CliConsole console)
    {
        var name = new Argument<string>("name") { Description = "The training set.", HelpName = "NAME" };
        var stored = new Option<bool>("--stored") { Description = "Hash the stored rows again, and look whether the sources are kept (the default)." };
        var rebuild = new Option<bool>("--rebuild") { Description = "Make the set again from the pinned snapshots by the recorded definitions, and compare it with the stored one." };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create(
            "verify",
            "Verify that a training set is what was written, and that its sources and definitions still make it.",
            "features dataset verify delays --rebuild",
            name, stored, rebuild, json, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var set = parse.GetRequiredValue(name);
            var isRebuild = parse.GetValue(rebuild);
            var kept = parse.GetValue(stored) || !isRebuild ? await workspace.VerifyTrainingSetAsync(set, cancellationToken) : null;
            var rebuilt = isRebuild ? await workspace.RebuildTrainingSetAsync(set, cancellationToken) : null;
            if (parse.GetValue(json))
            {
                var verified = new JsonObject { ["name"] = set, ["verified"] = kept?.IsVerified != false && rebuilt?.IsVerified != false };
                Add(verified, "stored", kept is null ? null : Json(kept));
                Add(verified, "rebuild", rebuilt is null ? null : Json(rebuilt));
                console.Json(verified);
            }
            else
            {
                Print(console.Out, kept, rebuilt);
            }

            if (kept?.IsVerified == false || rebuilt?.IsVerified == false)
            {
                throw new CliException("dataset-not-verified", $"the training set '{set}' is not verified: {ProblemOf(kept, rebuilt)}");
            }
        });
    }

    private static string ProblemOf(StoredVerification? kept, RebuildVerification? rebuilt) =>
        kept is { Rows.Matches: false } ? "its rows are not those that were written; create it again with --replace"
        : kept?.Sources.FirstOrDefault(s => s.Problem is not null) is { Problem: { } problem } ? problem
        : rebuilt is { Outcome: RebuildOutcome.NotRebuildable } ? $"it cannot be rebuilt: {rebuilt.Reason}"
        : $"its sources and definitions make other rows{(rebuilt?.Reason is { } reason ? $": {reason}" : "")}";

    private static void Print(TextWriter output, StoredVerification? kept, RebuildVerification? rebuilt)
    {
        if (kept is not null)
        {
            output.WriteLine(kept.Rows.Matches ? $"stored   {kept.Rows.Rows:N0} rows, as written: {kept.Rows.Actual}" : $"stored   {kept.Rows.Rows:N0} rows: {kept.Rows.Actual}, written {kept.Rows.Stored}");
            foreach (var (source, problem) in kept.Sources)
            {
                output.WriteLine($"source   {source.Table} at snapshot {TableJson.Id(source.Snapshot)}: {problem ?? "kept"}");
            }
        }

        if (rebuilt is not null)
        {
            output.WriteLine($"rebuild  {Word(rebuilt.Outcome)}{(rebuilt.Rebuilt is { } digest ? $": {rebuilt.Rows:N0} rows, {digest}" : "")}{(rebuilt.Reason is { } reason ? $": {reason}" : "")}");
            foreach (var difference in rebuilt.Differences)
            {
                output.WriteLine($"  row {difference.Row} {difference.Column}: stored {difference.Stored ?? "null"}, rebuilt {difference.Rebuilt ?? "null"}");
            }
        }
    }

    private static JsonObject Json(StoredVerification kept) => new()
    {
        ["verified"] = kept.IsVerified,
        ["digest"] = kept.Rows.Stored,
        ["actual"] = kept.Rows.Actual,
        ["rows"] = kept.Rows.Rows,
        ["sources"] = new JsonArray([.. kept.Sources.Select(s => new JsonObject { ["table"] = s.Source.Table, ["snapshot"] = TableJson.Id(s.Source.Snapshot), ["kept"] = s.Problem is null, ["problem"] = s.Problem })]),
    };

    private static JsonObject Json(RebuildVerification rebuilt) => new()
    {
        ["verified"] = rebuilt.IsVerified,
        ["outcome"] = Word(rebuilt.Outcome),
        ["digest"] = rebuilt.Stored,
        ["actual"] = rebuilt.Rebuilt,
        ["rows"] = rebuilt.Rows,
        ["reason"] = rebuilt.Reason,
        ["differences"] = new JsonArray([.. rebuilt.Differences.Select(d => new JsonObject { ["row"] = d.Row, ["column"] = d.Column, ["stored"] = d.Stored, ["rebuilt"] = d.Rebuilt })]),
    };

    private static string Word(RebuildOutcome outcome) => outcome switch
    {
        RebuildOutcome.NotRebuildable => "not rebuildable",
        _ => outcome.ToString().ToLowerInvariant(),
    };

    private static void Add(JsonObject json, string key, JsonNode? value)
    {
        if (value is not null)
        {
            json[key] = value;
        }
    }
}
