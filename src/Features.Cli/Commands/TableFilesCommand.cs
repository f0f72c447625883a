using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Features.Core.Governance;
using Features.Iceberg;
using Features.Iceberg.Manifests;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Cli.Commands;

/// <summary><c>features table files</c>: the live data and delete files of a snapshot.</summary>
internal static class TableFilesCommand
{
    public static Command Create(CliConsole console)
    {
        var state = new SnapshotChoice();
        return TableListing.Create(
            console, "files", "List the data and delete files of the current snapshot, or of another.", ["content", "partition", "records", "bytes", "path"], state.Options,
            (parse, table, cancellationToken) => LinesAsync(table, state.Of(parse), cancellationToken));
    }

    /// <summary>A file for machines, as every verb shows files.</summary>
    public static JsonObject Describe(DataFile file, TableMetadata metadata) => new()
    {
        ["path"] = file.FilePath,
        ["format"] = file.FileFormat,
        ["records"] = file.RecordCount,
        ["bytes"] = file.FileSizeInBytes,
        ["partition"] = TableJson.Strings(Partition(file, metadata)),
        ["content"] = Content(file.Content),
    };

    private static async IAsyncEnumerable<TableListing.Line> LinesAsync(Table table, ReadSelection state, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var file in SnapshotFiles.ReadAsync(table, ReadGate.SnapshotOf(table, state), cancellationToken))
        {
            var partition = string.Join(", ", Partition(file, table.Metadata).Select(p => $"{p.Key}={p.Value}"));
            yield return new TableListing.Line(Describe(file, table.Metadata), Content(file.Content), partition, $"{file.RecordCount:N0}", $"{file.FileSizeInBytes:N0}", file.FilePath);
        }
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
