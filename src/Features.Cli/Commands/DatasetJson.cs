using System.Globalization;
using System.Text.Json.Nodes;
using Features.Core.Definitions;
using Features.Core.TrainingSets;
using Features.Core.TrainingSets.Statistics;
using Features.Core.Transformations;

namespace Features.Cli.Commands;

/// <summary>Training sets as <c>--json</c> and people see them.</summary>
internal static class DatasetJson
{
    public static JsonObject Describe(TrainingSetManifest manifest) => new()
    {
        ["name"] = manifest.Name,
        ["rows"] = manifest.Rows,
        ["digest"] = manifest.Digest,
        ["table"] = manifest.Table,
        ["snapshot"] = TableJson.Id(manifest.SnapshotId),
        ["sources"] = new JsonArray([.. manifest.Sources.Select(source => new JsonObject
        {
            ["table"] = source.Table,
            ["uuid"] = source.Uuid?.ToString(),
            ["snapshot"] = TableJson.Id(source.Snapshot),
        })]),
        ["columns"] = new JsonArray([.. manifest.Columns.Select(column => new JsonObject
        {
            ["name"] = column.Name,
            ["type"] = column.Type,
            ["role"] = column.Role,
            ["source"] = column.Source,
        })]),
        ["definitions"] = TableJson.Strings(manifest.Definitions),
        ["created_at"] = manifest.CreatedAt.ToString("O", CultureInfo.InvariantCulture),
        ["as_of"] = manifest.AsOf?.ToString("O", CultureInfo.InvariantCulture),
        ["left_out"] = manifest.LeftOut,
        ["boundaries"] = new JsonArray([.. manifest.Boundaries.Select(b => JsonValue.Create(b.ToString("O", CultureInfo.InvariantCulture)))]),
        ["parts"] = new JsonArray([.. PartsOf(manifest).Select(part => new JsonObject { ["name"] = part.Name, ["rows"] = part.Rows })]),
        ["transformations"] = new JsonArray([.. manifest.Transformations.Select(TransformationJson.Write)]),
        ["policy"] = new JsonArray([.. manifest.Policy.Select(p => new JsonObject { ["table"] = p.Table, ["policy"] = p.PolicyId, ["outcome"] = p.Outcome })]),
        ["declared"] = manifest.Declared is { } declared ? JsonNode.Parse(CanonicalJson.Of(declared)) : null,
    };

    public static void Print(TextWriter output, TrainingSetManifest manifest)
    {
        output.WriteLine($"{manifest.Name}: {manifest.Rows:N0} rows in {manifest.Table} at snapshot {TableJson.Id(manifest.SnapshotId)}");
        output.WriteLine($"  digest   {manifest.Digest}");
        foreach (var source in manifest.Sources)
        {
            output.WriteLine($"  source   {source.Table} at snapshot {TableJson.Id(source.Snapshot)}, tagged dataset/{manifest.Name}");
        }

        if (manifest.AsOf is { } asOf)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  as of    {asOf.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC{(manifest.LeftOut > 0 ? $", {manifest.LeftOut:N0} rows left out whose label was not known then" : "")}"));
        }

        foreach (var part in PartsOf(manifest))
        {
            output.WriteLine($"  part     {part.Name ?? "(none)",-28} {part.Rows:N0} rows");
        }

        foreach (var fitted in manifest.Transformations)
        {
            output.WriteLine($"  learned  {fitted.Outputs[0].Name,-28} {TransformationJson.Write(fitted)["kind"]} of {fitted.Column}{(fitted.Outputs.Count > 1 ? $", {fitted.Outputs.Count} columns" : "")}");
        }

        foreach (var column in manifest.Columns)
        {
            output.WriteLine($"  column   {column.Name,-28} {column.Type,-12} {column.Role}{(column.Source is null ? "" : $"  <- {column.Source}")}");
        }
    }

    /// <summary>The parts in the order of the split; what belongs to none comes last.</summary>
    private static IEnumerable<PartStatistics> PartsOf(TrainingSetManifest manifest)
    {
        var order = manifest.Declared?.Split?.Parts.Select(p => (string?)p.Name).ToList() ?? [];
        return (manifest.Statistics?.Parts ?? []).OrderBy(p => order.IndexOf(p.Name) is >= 0 and var place ? place : order.Count);
    }
}
