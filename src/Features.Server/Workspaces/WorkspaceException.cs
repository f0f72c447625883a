namespace Features.Server.Workspaces;

/// <summary>A workspace cannot be opened, or lacks what was asked for.</summary>
public sealed class WorkspaceException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A stable kebab-case name of the kind of error.</summary>
    public string Code { get; } = code;
}
