using System.Text.Json;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>What the server says that it offers (<c>endpoints</c> of its configuration); without it, what every catalog offered before servers said so.</summary>
internal sealed class RestEndpoints
{
    public const string ListNamespaces = "GET /v1/{prefix}/namespaces";
    public const string CreateNamespace = "POST /v1/{prefix}/namespaces";
    public const string LoadNamespace = "GET /v1/{prefix}/namespaces/{namespace}";
    public const string DropNamespace = "DELETE /v1/{prefix}/namespaces/{namespace}";
    public const string UpdateNamespace = "POST /v1/{prefix}/namespaces/{namespace}/properties";
    public const string ListTables = "GET /v1/{prefix}/namespaces/{namespace}/tables";
    public const string CreateTable = "POST /v1/{prefix}/namespaces/{namespace}/tables";
    public const string LoadTable = "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}";
    public const string TableExists = "HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}";
    public const string CommitTable = "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}";
    public const string DropTable = "DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}";
    public const string RegisterTable = "POST /v1/{prefix}/namespaces/{namespace}/register";
    public const string RenameTable = "POST /v1/{prefix}/tables/rename";

    private static readonly HashSet<string> OfOldServers =
        [ListNamespaces, CreateNamespace, LoadNamespace, DropNamespace, UpdateNamespace, ListTables, CreateTable, LoadTable, CommitTable, DropTable, RegisterTable, RenameTable];

    private readonly HashSet<string> offered;

    private RestEndpoints(HashSet<string> offered) => this.offered = offered;

    public static RestEndpoints Of(JsonElement? config) => new(
        config is { } given && given.TryGetProperty("endpoints", out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(e => e.ToString())]
            : OfOldServers);

    public bool Has(string endpoint) => offered.Contains(endpoint);

    /// <exception cref="UnsupportedFeatureException">The server does not offer it.</exception>
    public void Require(string endpoint, string catalog)
    {
        if (!Has(endpoint))
        {
            throw new UnsupportedFeatureException($"'{endpoint}'", $"catalog {catalog}", "the server does not list it among its endpoints");
        }
    }
}
