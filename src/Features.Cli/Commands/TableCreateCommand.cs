using System.CommandLine;
using Features.Cli.Output;
using Features.Core.Engine;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features table create</c>.</summary>
internal static class TableCreateCommand
{
    public static Command Create(CliConsole console)
    {
        var target = TableChange.Argument();
        var schema = new Option<string?>("--schema")
        {
            Description = "The columns, \"id long required, at timestamptz, p struct<x: double>, tags list<string>\", or a .json file with a schema as Iceberg's metadata has it.",
            HelpName = "TEXT|FILE",
        };
        var from = new Option<string?>("--from") { Description = "Take the columns of this Parquet, CSV, JSON or Arrow file; none of its rows.", HelpName = "FILE" };
        var key = new Option<string?>("--key") { Description = "The columns that identify a row; they must be required.", HelpName = "a,b" };
        var partition = new Option<string?>("--partition") { Description = "How rows are partitioned.", HelpName = "\"day(at), bucket(16, id)\"" };
        var sort = new Option<string?>("--sort") { Description = "How rows are sorted in files.", HelpName = "\"origin, at desc nulls last\"" };
        var property = new Option<string[]>("--property") { Description = "A table property; may be given many times.", HelpName = "KEY=VALUE", AllowMultipleArgumentsPerToken = false };
        var location = new Option<string?>("--location") { Description = "Where its files go; by default in the warehouse.", HelpName = "URI" };
        var (json, folder) = (Verb.Json(), Verb.Workspace());
        return Verb.Create(
            "create", "Make an empty table.",
            "features table create flights.delays --schema \"id long required, at timestamptz, origin string\" --partition \"day(at)\" --sort \"origin, at desc\"",
            target, schema, from, key, partition, sort, property, location, json, folder).Does(async (parse, cancellationToken) =>
        {
            var identifier = TableChange.Identifier(parse.GetRequiredValue(target));
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var columns = await ColumnsAsync(workspace, parse.GetValue(schema), parse.GetValue(from), cancellationToken);
            if (parse.GetValue(key) is { } keys)
            {
                columns = columns with { IdentifierFieldIds = [.. keys.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(k => new TransformTerm(k, Transform.Identity).SourceIn(columns))] };
            }

            var properties = new Dictionary<string, string>();
            foreach (var text in parse.GetValue(property) ?? [])
            {
                TableEvolveCommand.With(text, "--property", (k, v) => properties[k] = v);
            }

            var creation = new TableCreation(
                columns, PartitionText.Parse(parse.GetValue(partition) ?? "", columns), SortText.Parse(parse.GetValue(sort) ?? "", columns), properties, parse.GetValue(location));
            var table = await workspace.Catalog.CreateTableAsync(identifier, creation, cancellationToken);
            if (parse.GetValue(json))
            {
                console.Json(TableShowCommand.Describe(table));
            }
            else
            {
                await console.Out.WriteLineAsync($"{table.Name}: made at {table.Metadata.Location}");
            }
        });
    }

    private static async Task<Schema> ColumnsAsync(Workspace workspace, string? schema, string? from, CancellationToken cancellationToken)
    {
        switch (schema, from)
        {
            case ({ } text, null) when text.EndsWith(".json", StringComparison.OrdinalIgnoreCase):
                return File.Exists(text)
                    ? SchemaJson.Parse(await File.ReadAllTextAsync(text, cancellationToken), text)
                    : throw new CliException("file-not-found", $"there is no file '{text}'; --schema takes the columns as a text, or a .json file");
            case ({ } text, null):
                return SchemaText.Parse(text);
            case (null, { } file):
                await using (var session = await workspace.Engine.OpenAsync(SqlTrust.Pipeline, cancellationToken))
                {
                    return await FileRows.InferAsync(session, file, cancellationToken);
                }

            default:
                throw new CliException(CliException.Usage, "name the columns: --schema TEXT or --schema FILE.json, or --from FILE");
        }
    }
}
