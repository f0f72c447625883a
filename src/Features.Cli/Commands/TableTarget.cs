using System.CommandLine;
using Features.Cli.Output;
using Features.Core.Governance;
using Features.Iceberg;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary>A table named on the command line: <c>namespace.name</c> in the workspace, or a folder or metadata file anywhere, with no workspace needed.</summary>
internal static class TableTarget
{
    public static Argument<string> Argument() => new("table")
    {
        Description = "namespace.name, or a table's folder, or a metadata.json file; paths or URIs.",
        HelpName = "TABLE",
    };

    public static bool IsLocation(string name) =>
        name.Contains('/', StringComparison.Ordinal) || name.Contains('\\', StringComparison.Ordinal) || name.EndsWith(".json", StringComparison.Ordinal)
        || Directory.Exists(name) || TableIdentifier.TryParse(name) is null;

    /// <summary>The workspace for a name, or for a location the one around (if any) or a temporary one.</summary>
    public static Task<Workspace> OpenWorkspaceAsync(string name, string? folder, CancellationToken cancellationToken) =>
        IsLocation(name) && folder is null && Workspace.FindRoot(null) is null
            ? Task.FromResult(Workspace.OpenTemporary())
            : Workspace.OpenAsync(folder, cancellationToken);

    public static async Task<Table> LoadAsync(Workspace workspace, string name, IReadOnlyList<string> relocations, CancellationToken cancellationToken)
    {
        if (!IsLocation(name))
        {
            return await workspace.Reads.LoadAsync(TableIdentifier.TryParse(name)!, cancellationToken);
        }

        var prefixes = relocations.Select(text => text.Split('=', 2) is [{ Length: > 0 } old, var @new]
            ? (old, @new)
            : throw new CliException(CliException.Usage, $"--relocate {text} is not OLD=NEW")).ToList();
        return await workspace.OpenTableAsync(name, prefixes, cancellationToken);
    }
}
