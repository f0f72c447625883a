namespace Features.Core;

/// <summary>A state file of the workspace (inbox, audit log) could not be read or written.</summary>
public sealed class StateStoreException(string path, string fault, string remedy, bool isTransient, Exception? inner = null)
    : FeaturesException("state-store", $"'{path}': {fault}; {remedy}", isTransient, inner)
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;
}
