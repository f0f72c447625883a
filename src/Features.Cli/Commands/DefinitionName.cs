using System.CommandLine;
using Features.Core.Registry;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary>A definition as verbs take it: <c>KIND/NAME</c>.</summary>
internal static class DefinitionName
{
    public static Argument<string> Create() => new("definition") { Description = "Its kind and name.", HelpName = "KIND/NAME" };

    /// <summary>All versions, oldest first.</summary>
    /// <exception cref="WorkspaceException">There never was one of this kind and name.</exception>
    public static async Task<IReadOnlyList<DefinitionVersion>> HistoryAsync(Workspace workspace, string text, CancellationToken cancellationToken)
    {
        var known = await workspace.Registry.ListAsync(cancellationToken);
        if (text.Split('/') is [var kind, var name])
        {
            kind = known.Select(k => k.Definition.Kind).FirstOrDefault(k => string.Equals(k, kind, StringComparison.OrdinalIgnoreCase)) ?? kind;
            if (await workspace.Registry.HistoryAsync(kind, name, cancellationToken) is { Count: > 0 } history)
            {
                return history;
            }
        }

        var near = known.Where(k => text.EndsWith(k.Definition.Name, StringComparison.OrdinalIgnoreCase)).Select(k => $"{k.Definition.Kind}/{k.Definition.Name}").ToList();
        throw new WorkspaceException(
            "definition-not-found",
            $"there is no definition '{text}'; {(near.Count > 0 ? $"did you mean {string.Join(" or ", near)}?" : "write KIND/NAME; 'features definitions list' shows those in force")}");
    }
}
