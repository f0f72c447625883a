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
        var relocate = Verb.Relocate();
        var folder = Verb.Workspace();
        return Verb.Create("show", "Show a table's schema, partitioning, properties and governance tags.", "features table show flights.departures", name, json, relocate, folder).Does(async (parse, cancellationToken) =>
        {
            var target = parse.GetRequiredValue(name);
            await using var workspace = await TableTarget.OpenWorkspaceAsync(target, parse.GetValue(folder), cancellationToken);
            var table = await TableTarget.LoadAsync(workspace, target, parse.GetValue(relocate) ?? [], cancellationToken);
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
            ["sort_order"] = TableJson.Order(metadata.DefaultSortOrder, metadata.CurrentSchema),
            ["identifier_fields"] = new JsonArray([.. metadata.CurrentSchema.IdentifierFieldIds.Select(id => (JsonNode?)TableJson.NameOf(metadata.CurrentSchema, id))]),
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
        console.WriteLine($"  partition  {ListOf(metadata.DefaultSpec.Fields.Select(f => Term(f.Transform, metadata.CurrentSchema, f.SourceId)))}");
        foreach (var spec in metadata.PartitionSpecs.Where(s => s.SpecId != metadata.DefaultSpecId))
        {
            console.WriteLine($"             {ListOf(spec.Fields.Select(f => Term(f.Transform, metadata.CurrentSchema, f.SourceId)))} (spec {spec.SpecId}, of older files)");
        }

        console.WriteLine($"  sort       {ListOf(metadata.DefaultSortOrder.Fields.Select(f => $"{Term(f.Transform, metadata.CurrentSchema, f.SourceId)} {(f.Descending ? "desc" : "asc")} nulls {(f.NullsFirst ? "first" : "last")}"))}");
        console.WriteLine($"  refs       {ListOf(metadata.Refs.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Key} ({(r.Value.IsBranch ? "branch" : "tag")} at {TableJson.Id(r.Value.SnapshotId)})"))}");
        console.WriteLine($"  tags       {Join(tags.Table)}");
        foreach (var (property, value) in metadata.Properties.ExceptBy(tags.ToProperties().Keys, p => p.Key).OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            console.WriteLine($"  property   {property}={value}");
        }

        var columns = new Spectre.Console.Table().Border(TableBorder.Simple).AddColumns("id", "column", "type", "null?", "tags");
        foreach (var field in metadata.CurrentSchema.Fields)
        {
            columns.AddRow($"{field.Id}", Markup.Escape(field.Name), Markup.Escape(Iceberg.Spec.SchemaJson.NameOf(field.Type)), field.Required ? "no" : "yes",
                Markup.Escape(tags.Columns.TryGetValue(field.Name, out var own) ? Join(own) : ""));
        }

        console.Write(columns);
    }

    private static string ListOf(IEnumerable<string> items) => string.Join(", ", items) is { Length: > 0 } list ? list : "none";

    private static string Term(Iceberg.Spec.Transform transform, Iceberg.Spec.Schema schema, int sourceId) =>
        transform.Kind == Iceberg.Spec.TransformKind.Identity ? TableJson.NameOf(schema, sourceId) ?? $"field {sourceId}" : $"{transform}({TableJson.NameOf(schema, sourceId) ?? $"field {sourceId}"})";

    private static string Join(IReadOnlyDictionary<string, string> tags) =>
        tags.Count == 0 ? "none" : string.Join("  ", tags.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key}={t.Value}"));
}
