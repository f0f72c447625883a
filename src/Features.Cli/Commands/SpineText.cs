using Features.Cli.Output;
using Features.Core.Engine;
using Features.Core.TrainingSets;
using Features.Iceberg;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary>A spine as people name it on the command line: a table, a file, or one SELECT.</summary>
internal static class SpineText
{
    /// <summary>The SELECT that is meant. A file is kept as a table first, so that the set can be made again from it.</summary>
    public static async Task<string> ReadAsync(Workspace workspace, string set, string text, CancellationToken cancellationToken)
    {
        var format = Path.GetExtension(text).ToLowerInvariant() switch
        {
            ".parquet" => SourceFormat.Parquet,
            ".arrow" or ".feather" => SourceFormat.Arrow,
            _ => (SourceFormat?)null,
        };
        if (format is { } known && File.Exists(text))
        {
            return $"SELECT * FROM {await new SpineTable(workspace.Catalog, workspace.Engine).KeepAsync(set, new SourceFile(Path.GetFullPath(text), known), cancellationToken)}";
        }

        var isMissing = !File.Exists(text);
        if (!text.Any(char.IsWhiteSpace) && (!isMissing || format is not null || Path.GetExtension(text).ToLowerInvariant() is ".csv" or ".json" or ".jsonl" or ".ndjson"))
        {
            throw new CliException(CliException.Usage, $"--spine '{text}' is {(isMissing ? "no file that stands" : "a file of another kind")}; give a Parquet or Arrow file (.parquet, .arrow, .feather), a table, or one SELECT");
        }

        return !text.Contains(' ', StringComparison.Ordinal) && TableIdentifier.TryParse(text) is not null ? $"SELECT * FROM {text}" : text;
    }
}
