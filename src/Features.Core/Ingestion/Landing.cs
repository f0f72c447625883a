namespace Features.Core.Ingestion;

/// <summary>Where objects land: a workspace's folder. Says what an object's location is in it, and refuses what lies outside.</summary>
/// <param name="root">The workspace; patterns of pipelines are relative to it.</param>
public sealed class Landing(string root)
{
    // As many as Linux follows.
    private const int MaxLinks = 40;

    private readonly string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>
    /// Makes a location canonical: a path (absolute, or relative to the workspace) or <c>file:</c> URI becomes an absolute path and its key relative to the workspace; an object of a
    /// cloud store stays a URI, which is also its key. No file is opened, but symbolic links are followed: whoever may drop files must not make the host read others.
    /// </summary>
    /// <exception cref="LocationRefusedException">It is outside the workspace, itself or by a link, or of a scheme that is not known.</exception>
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
        if (!IsBelow(full, root))
        {
            throw new LocationRefusedException(location, $"it lies outside the workspace '{root}'", "move the file into the workspace's landing folder");
        }

        return IsBelow(Resolve(full, location), Resolve(root, location))
            ? new LandedObject(full, full[(root.Length + 1)..].Replace(Path.DirectorySeparatorChar, '/'), IsLocal: true)
            : throw new LocationRefusedException(location, $"it is a link to what lies outside the workspace '{root}'", "copy the file itself into the workspace's landing folder");
    }

    private static bool IsBelow(string path, string folder) => path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string Resolve(string path, string location)
    {
        for (var links = 0; links <= MaxLinks; links++)
        {
            if (FirstLink(path) is not { Target: { } target, Length: var length })
            {
                return path;
            }

            path = Path.GetFullPath(Path.Combine(target, path[length..].TrimStart(Path.DirectorySeparatorChar)), Path.GetDirectoryName(path[..length])!);
        }

        throw new LocationRefusedException(location, "its links lead in a circle", "name the file itself");
    }

    private static (int Length, string? Target) FirstLink(string path)
    {
        for (var end = 1; end <= path.Length; end++)
        {
            if ((end == path.Length || path[end] == Path.DirectorySeparatorChar) && new FileInfo(path[..end]).LinkTarget is { } target)
            {
                return (end, target);
            }
        }

        return default;
    }
}

/// <summary>An object that landed: its canonical <paramref name="Location"/> (an absolute path, or a URI), and the <paramref name="Key"/> that pipelines' patterns are matched with.</summary>
public sealed record LandedObject(string Location, string Key, bool IsLocal);

/// <summary>A location may not be read.</summary>
public sealed class LocationRefusedException(string location, string fault, string remedy)
    : FeaturesException("location-refused", $"'{location}' is refused: {fault}; {remedy}");
