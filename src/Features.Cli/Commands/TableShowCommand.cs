using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Core.Governance;
using Features.Iceberg;
using Spectre.Console;

namespace Features.Cli.Commands;

/// <summary><c>features table show</c>.</summary>
internal static class TableShowCommand
{
    public static Command Create(CliConsole console)
    {
        var name = TableTarget.Argument();
        var json = Verb.Json();
        var folder = Verb.Workspace();
        return Verb.Create("show", "Show a table's schema, partitioning, properties and governance tags.", "features table show flights.departures", name, json, folder).Does(async (parse, cancellationToken) =>
        {
            var target = parse.GetRequiredValue(name);
            await using var workspace = await TableTarget.OpenWorkspaceAsync(target, parse.GetValue(folder), cancellationToken);
            var table = await TableTarget.LoadAsync(workspace, target, [], cancellationToken);
            if (parse.GetValue(json))
            {
                console.Json(Describe(table));
            }
            else
            {
                Print(console.People, table);
            }
        });
    }

    /// <summary>A table for machines.</summary>
    public static JsonObject Describe(Iceberg.Table table)
    {
        var metadata = table.Metadata;
        var tags = TableTags.Read(metadata.Properties);
        return new JsonObject
        {
            ["name"] = table.Name,
            ["uuid"] = metadata.TableUuid?.ToString(),
            ["location"] = metadata.Location,
            ["metadata_location"] = table.MetadataLocation,
            ["format_version"] = metadata.FormatVersion,
            ["current_snapshot"] = TableJson.Id(metadata.CurrentSnapshotId),
            ["schema"] = TableJson.Schema(metadata.CurrentSchema),
            ["partition_spec"] = TableJson.Spec(metadata.DefaultSpec, metadata.CurrentSchema),
            ["properties"] = TableJson.Strings(metadata.Properties.ExceptBy(tags.ToProperties().Keys, p => p.Key)),
            ["tags"] = TableJson.Strings(tags.Table),
            ["column_tags"] = new JsonObject(tags.Columns.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => KeyValuePair.Create(c.Key, (JsonNode?)TableJson.Strings(c.Value)))),
            ["refs"] = new JsonObject(metadata.Refs.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => KeyValuePair.Create(r.Key, (JsonNode?)new JsonObject
            {
                ["type"] = r.Value.IsBranch ? "branch" : "tag",
                ["snapshot"] = TableJson.Id(r.Value.SnapshotId),
            }))),
        };
    }

    private static void Print(IAnsiConsole console, Iceberg.Table table)
    {
        var metadata = table.Metadata;
        var tags = TableTags.Read(metadata.Properties);
        console.WriteLine($"{table.Name}  (Iceberg v{metadata.FormatVersion}, {metadata.TableUuid})");
        console.WriteLine($"  location   {metadata.Location}");
        console.WriteLine($"  snapshot   {TableJson.Id(metadata.CurrentSnapshotId) ?? "none yet"}");
        console.WriteLine($"  partition  {(metadata.DefaultSpec.Fields.Count == 0 ? "none" : string.Join(", ", metadata.DefaultSpec.Fields.Select(f => $"{f.Transform}({metadata.CurrentSchema.Find(f.SourceId)?.Name})")))}");
        console.WriteLine($"  tags       {Join(tags.Table)}");
        var columns = new Spectre.Console.Table().Border(TableBorder.Simple).AddColumns("id", "column", "type", "null?", "tags");
        foreach (var field in metadata.CurrentSchema.Fields)
        {
            columns.AddRow($"{field.Id}", Markup.Escape(field.Name), Markup.Escape(Iceberg.Spec.SchemaJson.NameOf(field.Type)), field.Required ? "no" : "yes",
                Markup.Escape(tags.Columns.TryGetValue(field.Name, out var own) ? Join(own) : ""));
        }

        console.Write(columns);
    }

    private static string Join(IReadOnlyDictionary<string, string> tags) =>
        tags.Count == 0 ? "none" : string.Join("  ", tags.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key}={t.Value}"));
}
