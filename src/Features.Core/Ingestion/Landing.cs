namespace Features.Core.Ingestion;

/// <summary>Where objects land: a workspace's folder. Says what an object's location is in it, and refuses what lies outside.</summary>
/// <param name="root">The workspace; patterns of pipelines are relative to it.</param>
public sealed class Landing(string root)
{
    private readonly string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>
    /// Makes a location canonical: a path (absolute, or relative to the workspace) or <c>file:</c> URI becomes an absolute path and its key relative to the workspace; an object of a
    /// cloud store stays a URI, which is also its key. No file is touched.
    /// </summary>
    /// <exception cref="LocationRefusedException">It is outside the workspace, or of a scheme that is not known.</exception>
    public LandedObject Locate(string location)
    {
        var scheme = location.IndexOf(':', StringComparison.Ordinal) is var colon and > 1 ? location[..colon].ToLowerInvariant() : null;
        switch (scheme)
        {
            case null:
                return Local(location, location);
            case "file":
                return Uri.TryCreate(location, UriKind.Absolute, out var uri) && uri is { IsFile: true, Host: "" or "localhost" }
                    ? Local(location, uri.LocalPath)
                    : throw new LocationRefusedException(location, "it is not a local file URI", "write file:///absolute/path");
            case "s3" or "abfss" or "gs" or "https":
                return new LandedObject(location, location, IsLocal: false);
            default:
                throw new LocationRefusedException(location, $"the scheme '{scheme}' is not known", "use a path in the workspace, or file:, s3:, abfss:, gs: or https:");
        }
    }

    private LandedObject Local(string location, string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal) || path.Length == 0)
        {
            throw new LocationRefusedException(location, "it is not a path", "name a file in the workspace");
        }

        var full = Path.GetFullPath(path, root);
        var folder = root + Path.DirectorySeparatorChar;
        return full.StartsWith(folder, StringComparison.Ordinal)
            ? new LandedObject(full, full[folder.Length..].Replace(Path.DirectorySeparatorChar, '/'), IsLocal: true)
            : throw new LocationRefusedException(location, $"it lies outside the workspace '{root}'", "move the file into the workspace's landing folder");
    }
}

/// <summary>An object that landed: its canonical <paramref name="Location"/> (an absolute path, or a URI), and the <paramref name="Key"/> that pipelines' patterns are matched with.</summary>
public sealed record LandedObject(string Location, string Key, bool IsLocal);

/// <summary>A location may not be read.</summary>
public sealed class LocationRefusedException(string location, string fault, string remedy)
    : FeaturesException("location-refused", $"'{location}' is refused: {fault}; {remedy}");
