using System.Text.RegularExpressions;

namespace Features.DuckDb.Scans;

/// <summary>Paths as the engine's file functions take them: as patterns.</summary>
internal static partial class FilePattern
{
    /// <summary>A pattern that matches this path alone.</summary>
    internal static string Of(string path) => Wildcard().Replace(path, "[$0]");

    [GeneratedRegex(@"[*?\[]")]
    private static partial Regex Wildcard();
}
