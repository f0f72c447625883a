using System.CommandLine;
using System.Globalization;
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
        ["partition"] = ForMachines(file, metadata),
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

    /// <summary>Numbers, truths and nulls as JSON has them, binary in hex; days, hours and the like as people read them.</summary>
    private static JsonObject ForMachines(DataFile file, TableMetadata metadata)
    {
        var spec = metadata.PartitionSpecs.First(s => s.SpecId == file.SpecId);
        return new JsonObject(Partition(file, metadata).Select((named, i) => KeyValuePair.Create(named.Key, (JsonNode?)((file.Partition[i], spec.Fields[i].Transform.Kind) switch
        {
            (null, _) => null,
            (bool truth, _) => JsonValue.Create(truth),
            (byte[] bytes, _) => JsonValue.Create(Convert.ToHexStringLower(bytes)),
            (float number, _) when float.IsFinite(number) => JsonValue.Create(number),
            (double number, _) when double.IsFinite(number) => JsonValue.Create(number),
            (int, TransformKind.Bucket) => JsonValue.Create((int)file.Partition[i]!),
            (int or long, TransformKind.Identity or TransformKind.Truncate) when IsInteger(metadata, spec.Fields[i]) => JsonValue.Create(Convert.ToInt64(file.Partition[i], CultureInfo.InvariantCulture)),
            _ => JsonValue.Create(named.Value),
        }))));
    }

    private static bool IsInteger(TableMetadata metadata, PartitionField field) =>
        metadata.CurrentSchema.FindNested(field.SourceId)?.Type is PrimitiveType { Kind: PrimitiveKind.Int or PrimitiveKind.Long };

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
