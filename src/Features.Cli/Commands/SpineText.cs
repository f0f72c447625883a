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

        return !text.Contains(' ', StringComparison.Ordinal) && TableIdentifier.TryParse(text) is not null ? $"SELECT * FROM {text}" : text;
    }
}
