using System.Globalization;
using System.Text.Json.Nodes;
using Features.Core.TrainingSets;

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
    };

    public static void Print(TextWriter output, TrainingSetManifest manifest)
    {
        output.WriteLine($"{manifest.Name}: {manifest.Rows:N0} rows in {manifest.Table} at snapshot {TableJson.Id(manifest.SnapshotId)}");
        output.WriteLine($"  digest   {manifest.Digest}");
        foreach (var source in manifest.Sources)
        {
            output.WriteLine($"  source   {source.Table} at snapshot {TableJson.Id(source.Snapshot)}, tagged dataset/{manifest.Name}");
        }

        foreach (var column in manifest.Columns)
        {
            output.WriteLine($"  column   {column.Name,-28} {column.Type,-12} {column.Role}{(column.Source is null ? "" : $"  <- {column.Source}")}");
        }
    }
}
