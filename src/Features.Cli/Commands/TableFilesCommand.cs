using System.CommandLine;
using System.Text.Json.Nodes;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Spectre.Console;

namespace Features.Cli.Commands;

/// <summary><c>features table files</c>: the live data and delete files of the current snapshot.</summary>
internal static class TableFilesCommand
{
    public static Command Create(CliConsole console)
    {
        var name = TableTarget.Argument();
        var json = Verb.Json();
        var folder = Verb.Workspace();
        var relocate = Verb.Relocate();
        return Verb.Create("files", "List the files of the current snapshot.", "features table files flights.departures", name, json, relocate, folder).Does(async (parse, cancellationToken) =>
        {
            var target = parse.GetRequiredValue(name);
            await using var workspace = await TableTarget.OpenWorkspaceAsync(target, parse.GetValue(folder), cancellationToken);
            var table = await TableTarget.LoadAsync(workspace, target, parse.GetValue(relocate) ?? [], cancellationToken);
            var rows = new Table().Border(TableBorder.Simple).AddColumns("content", "partition", "records", "bytes", "path");
            await foreach (var file in SnapshotFiles.ReadAsync(table, table.Metadata.CurrentSnapshot, cancellationToken))
            {
                var partition = Partition(file, table.Metadata);
                if (parse.GetValue(json))
                {
                    console.Json(new JsonObject
                    {
                        ["path"] = file.FilePath,
                        ["format"] = file.FileFormat,
                        ["records"] = file.RecordCount,
                        ["bytes"] = file.FileSizeInBytes,
                        ["partition"] = TableJson.Strings(partition),
                        ["content"] = Content(file.Content),
                    });
                }
                else
                {
                    rows.AddRow(Content(file.Content), Markup.Escape(string.Join(", ", partition.Select(p => $"{p.Key}={p.Value}"))), $"{file.RecordCount:N0}", $"{file.FileSizeInBytes:N0}", Markup.Escape(file.FilePath));
                }
            }

            if (!parse.GetValue(json))
            {
                console.People.Write(rows);
            }
        });
    }

    private static string Content(FileContent content) => content switch
    {
        FileContent.Data => "data",
        FileContent.PositionDeletes => "position_deletes",
        _ => "equality_deletes",
    };

    private static IEnumerable<KeyValuePair<string, string>> Partition(DataFile file, TableMetadata metadata)
    {
        var spec = metadata.PartitionSpecs.First(s => s.SpecId == file.SpecId);
        return spec.Fields.Select((field, i) => KeyValuePair.Create(
            field.Name,
            field.Transform.ToHumanString(file.Partition[i], metadata.CurrentSchema.FindNested(field.SourceId)?.Type as PrimitiveType ?? new PrimitiveType(PrimitiveKind.Unknown))));
    }
}
