namespace Features.Iceberg.Storage;

/// <summary>A location that means the same to everyone who reads it: its store (scheme and authority, in one spelling) and its path segments, never decoded.</summary>
internal sealed record PlainLocation(string Store, string[] Segments)
{
    private const int MaxDecodings = 4;
    private const string Local = "file";

    /// <summary>Whether a location is this one or lies below it.</summary>
    public bool Contains(PlainLocation other) =>
        Store == other.Store && Segments.Length <= other.Segments.Length && Segments.AsSpan().SequenceEqual(other.Segments.AsSpan(0, Segments.Length));

    /// <summary>The location taken apart; null, with the fault, if it is not plain.</summary>
    public static PlainLocation? Parse(string location, out string? fault)
    {
        fault = location.Length == 0 ? "it is empty"
            : location.Any(char.IsControl) ? "it holds control characters"
            : null;
        if (fault is not null)
        {
            return null;
        }

        var scheme = Location.SchemeOf(location);
        return scheme is null or Local ? OfFile(location, ref fault) : OfUri(scheme, location, ref fault);
    }

    private static PlainLocation? OfFile(string location, ref string? fault)
    {
        var path = Location.FilePath(location);
        // A relative path is one to this process, and to nobody else.
        if (!Path.IsPathFullyQualified(path) || path.StartsWith("//", StringComparison.Ordinal))
        {
            fault = "it is a local path and not absolute";
            return null;
        }

        if (OperatingSystem.IsWindows())
        {
            path = path.Replace('\\', '/');
        }

        // The file system drops empty segments and single dots, so they mean nothing here either.
        var segments = path.Split('/').Where(segment => segment is not ("" or ".")).ToArray();
        fault = FaultOf(segments);
        return fault is null ? new PlainLocation(Local, segments) : null;
    }

    private static PlainLocation? OfUri(string scheme, string location, ref string? fault)
    {
        var rest = location[(scheme.Length + 1)..];
        if (!rest.StartsWith("//", StringComparison.Ordinal))
        {
            fault = "it names no host or bucket";
            return null;
        }

        var parts = rest[2..].Split('/');
        var (authority, segments) = (parts[0], parts[1..]);
        var isWeb = scheme is "http" or "https";
        if (isWeb && location.AsSpan().IndexOfAny('?', '#') >= 0)
        {
            fault = "it has a query or fragment";
            return null;
        }

        // The one user that is none: the container of Azure's own schemes.
        string? container = null;
        if (scheme is "abfs" or "abfss" or "wasb" or "wasbs" && authority.Split('@') is [{ Length: > 0 } before, var after])
        {
            (container, authority) = (before, after);
        }

        fault = authority.Length == 0 ? "it names no host or bucket"
            : authority.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_' or ':' or '[' or ']' or '$')) ? "its host or bucket is not written plainly"
            : (isWeb || container is not null) && PrivateHost.FaultOf(authority) is { } inside ? inside
            : authority.Contains(':', StringComparison.Ordinal) ? "it has a port"
            : FaultOf(segments);
        if (fault is not null)
        {
            return null;
        }

        if (isWeb && IsAzure(authority) && segments.Length > 0)
        {
            (container, segments) = (segments[0], segments[1..]);
        }

        var store = scheme switch
        {
            "s3" or "s3a" or "s3n" => $"s3://{authority}",
            "gs" or "gcs" => $"gs://{authority}",
            _ when container is not null => $"azure://{container}@{authority.ToLowerInvariant().Replace(".dfs.", ".blob.", StringComparison.Ordinal)}",
            "abfs" or "abfss" or "wasb" or "wasbs" => $"azure://{authority}",
            _ => $"{scheme}://{authority.ToLowerInvariant()}",
        };
        return new PlainLocation(store, segments is [.., ""] ? segments[..^1] : segments);
    }

    private static bool IsAzure(string host) => host.Contains(".blob.core.", StringComparison.OrdinalIgnoreCase) || host.Contains(".dfs.core.", StringComparison.OrdinalIgnoreCase);

    /// <summary>Segments are compared as they are, but a store or a proxy might decode them, once or again: then none of them may turn into a step upwards.</summary>
    private static string? FaultOf(string[] segments)
    {
        foreach (var segment in segments)
        {
            var text = segment;
            for (var decoding = 0; decoding <= MaxDecodings; decoding++)
            {
                if (text.Split('/', '\\').Any(part => part is "." or ".."))
                {
                    return "it holds '.' or '..'";
                }

                var decoded = Uri.UnescapeDataString(text);
                if (decoded == text)
                {
                    break;
                }

                text = decoded;
            }

            if (segment.Contains('\\', StringComparison.Ordinal))
            {
                return "it holds a backslash";
            }
        }

        return null;
    }
}
