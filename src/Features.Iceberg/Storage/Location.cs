namespace Features.Iceberg.Storage;

/// <summary>What can be said of a location's text alone. Locations are never percent-decoded: writers put encoded partition values into names as they are.</summary>
public static class Location
{
    /// <summary>The scheme in lower case; null for a plain path. One letter before the colon is a Windows drive.</summary>
    public static string? SchemeOf(string location)
    {
        var colon = location.IndexOf(':', StringComparison.Ordinal);
        var slash = location.IndexOf('/', StringComparison.Ordinal);
        return colon > 1 && (slash < 0 || colon < slash) && location.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0
            ? location[..colon].ToLowerInvariant()
            : null;
    }

    /// <summary>One spelling for locations that mean the same: a plain path for <c>file:</c> URIs, <c>s3</c> for s3a and s3n, no leading <c>./</c>, no trailing slash.</summary>
    public static string Canonical(string location)
    {
        var text = SchemeOf(location) switch
        {
            "file" => FilePath(location),
            "s3a" or "s3n" => "s3" + location[3..],
            _ => location.StartsWith("./", StringComparison.Ordinal) ? location[2..] : location,
        };
        return text.Length > 1 ? text.TrimEnd('/') : text;
    }

    /// <summary>The path of <c>file:/p</c>, <c>file://p</c> (host omitted or localhost) or <c>file:///p</c>; a plain path is returned as it is.</summary>
    public static string FilePath(string location)
    {
        if (SchemeOf(location) is null)
        {
            return location;
        }

        var rest = location["file:".Length..];
        if (!rest.StartsWith("//", StringComparison.Ordinal))
        {
            return rest;
        }

        rest = rest[2..];
        return rest.StartsWith("localhost/", StringComparison.Ordinal) ? rest["localhost".Length..] : rest;
    }

    /// <summary>
    /// What follows <paramref name="prefix"/> and a slash in <paramref name="location"/>, both canonical; empty if they are equal, null if it does not lie there, or by a <c>..</c> might not.
    /// </summary>
    public static string? Below(string prefix, string location)
    {
        var rest = !location.StartsWith(prefix, StringComparison.Ordinal) ? null
            : location.Length == prefix.Length ? ""
            : prefix.EndsWith('/') ? location[prefix.Length..]
            : location[prefix.Length] == '/' ? location[(prefix.Length + 1)..]
            : null;
        return rest is not null && LeadsUp(rest) ? null : rest;
    }

    /// <summary>Joins with exactly one slash.</summary>
    public static string Combine(string folder, string name) => name.Length == 0 ? folder : $"{folder.TrimEnd('/')}/{name}";

    private static bool LeadsUp(string path) => path.Contains("..", StringComparison.Ordinal) && path.Split('/', '\\').Contains("..");

    private static readonly System.Buffers.SearchValues<char> SchemeCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
}
