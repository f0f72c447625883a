using Features.Iceberg.Storage;

namespace Features.Iceberg.Azure;

/// <summary>Where a blob lies, in the location's own characters, never decoded: <c>abfs[s]</c> and <c>wasb[s]</c> as <c>container@account.host/path</c> or <c>container/path</c>, and blob URLs as <c>https://account.host/container/path</c>.</summary>
/// <param name="Host">The blob endpoint's host in lower case; null for the default account's.</param>
/// <param name="Container">The container.</param>
/// <param name="Name">The blob's name.</param>
internal readonly record struct AzureAddress(string? Host, string Container, string Name)
{
    private const string Form = "give abfss://container@account.dfs.core.windows.net/path or https://account.blob.core.windows.net/container/path";

    public string? Account => Host?.Split('.')[0];

    public static AzureAddress Parse(string location)
    {
        var scheme = Location.SchemeOf(location);
        if (scheme is not ("abfs" or "abfss" or "wasb" or "wasbs" or "https") || location.IndexOf("://", StringComparison.Ordinal) is not (> 0 and var colon))
        {
            throw Bad(location, "it is no Azure location");
        }

        var (authority, path) = Split(location[(colon + 3)..]);
        string container;
        string? host = null;
        if (scheme == "https")
        {
            (host, (container, path)) = (authority, Split(path));
            if (path.AsSpan().IndexOfAny('?', '#') >= 0)
            {
                throw Bad(location, "a blob URL has no query or fragment");
            }
        }
        else
        {
            var at = authority.IndexOf('@', StringComparison.Ordinal);
            (container, host) = at < 0 ? (authority, null) : (authority[..at], authority[(at + 1)..]);
        }

        if (path.Split('/').Any(segment => segment is "." or ".."))
        {
            throw Bad(location, "it holds '.' or '..', which HTTP clients rewrite on the way");
        }

        return container.Length > 0 && container.AsSpan().IndexOfAnyExcept(NameCharacters) < 0 && (host is null || IsStorageHost(host))
            ? new AzureAddress(host?.ToLowerInvariant().Replace(".dfs.", ".blob.", StringComparison.Ordinal), container, path)
            : throw Bad(location, "it names no container of a storage account");
    }

    // Credentials go to no other host than one of Azure's: account.blob|dfs.… and nothing with a port or user.
    private static bool IsStorageHost(string host) =>
        host.AsSpan().IndexOfAnyExcept(NameCharacters) < 0
        && host.Split('.') is [{ Length: > 0 }, "blob" or "dfs", "core", "windows" or "chinacloudapi" or "usgovcloudapi", "net" or "cn"] or ["onelake", "blob" or "dfs", "fabric", "microsoft", "com"];

    private static (string Head, string Tail) Split(string text) =>
        text.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash ? (text[..slash], text[(slash + 1)..]) : (text, "");

    private static StorageException Bad(string location, string fault) => new(location, fault, Form, false);

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-$_");
}
