namespace Features.Server.Workspaces;

/// <summary>Which keys of <c>catalog</c> a kind of catalog has and needs.</summary>
internal static class CatalogKeys
{
    private static readonly Dictionary<string, (string[] Needed, string[] Allowed)> Kinds = new()
    {
        ["sqlite"] = ([], ["path", "warehouse"]),
        ["postgres"] = (["connection", "warehouse"], []),
        ["rest"] = (["uri"], ["warehouse", "credential", "token", "oauth2_server_uri", "scope", "headers"]),
        ["hadoop"] = (["warehouse"], []),
    };

    /// <summary>Everything that is wrong with it, each naming the key.</summary>
    public static IEnumerable<string> Faults(CatalogConfig catalog)
    {
        if (!Kinds.TryGetValue(catalog.Type, out var kind))
        {
            return [$"catalog.type is '{catalog.Type}': give {string.Join(", ", Kinds.Keys.SkipLast(1))} or {Kinds.Keys.Last()}"];
        }

        string[] given = [.. Values(catalog).Where(v => v.Value is not null).Select(v => v.Key)];
        return kind.Needed.Except(given).Select(key => $"catalog.{key} is missing: a catalog of type '{catalog.Type}' needs it")
            .Concat(given.Except(kind.Needed).Except(kind.Allowed).Select(key => $"catalog.{key} does not go with type '{catalog.Type}': take it out, or give the type that it is for"))
            .Concat(Values(catalog).Where(v => v.Key.EndsWith("uri", StringComparison.Ordinal) && v.Value is not null && !IsHttp(v.Value))
                .Select(v => $"catalog.{v.Key} is '{v.Value}': give an address that begins with http:// or https://"));
    }

    private static IEnumerable<(string Key, string? Value)> Values(CatalogConfig catalog) =>
    [
        ("warehouse", catalog.Warehouse == CatalogConfig.DefaultWarehouse ? null : catalog.Warehouse),
        ("path", catalog.Path == CatalogConfig.DefaultPath ? null : catalog.Path),
        ("connection", catalog.Connection),
        ("uri", catalog.Uri),
        ("credential", catalog.Credential),
        ("token", catalog.Token),
        ("oauth2_server_uri", catalog.OAuth2ServerUri),
        ("scope", catalog.Scope),
        ("headers", catalog.Headers is null ? null : "given"),
    ];

    private static bool IsHttp(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
}
