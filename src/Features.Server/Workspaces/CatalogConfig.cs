using System.Text;
using YamlDotNet.Serialization;

namespace Features.Server.Workspaces;

/// <summary>Key <c>catalog</c>.</summary>
public sealed record CatalogConfig
{
    /// <summary><c>sqlite</c>, <c>postgres</c>, <c>rest</c> or <c>hadoop</c>.</summary>
    public string Type { get; set; } = "sqlite";

    /// <summary>The name that clients load the catalog by.</summary>
    public string Name { get; set; } = "features";

    /// <summary>Where tables are created: a folder, or a URI such as <c>s3://bucket/path</c>; for <c>rest</c> the name that the server has for it. The default is for <c>sqlite</c> alone; <c>rest</c> needs none.</summary>
    public string Warehouse { get; set; } = DefaultWarehouse;

    /// <summary><c>sqlite</c>: the file.</summary>
    public string Path { get; set; } = DefaultPath;

    /// <summary><c>postgres</c>: the connection string.</summary>
    public string? Connection { get; set; }

    /// <summary><c>rest</c>: the address, to which <c>/v1/</c> is added.</summary>
    public string? Uri { get; set; }

    /// <summary><c>rest</c>: OAuth2 client credentials, <c>id:secret</c> or a secret alone.</summary>
    public string? Credential { get; set; }

    /// <summary><c>rest</c>: a bearer token.</summary>
    public string? Token { get; set; }

    /// <summary><c>rest</c>: where tokens are fetched; null for the catalog's own <c>v1/oauth/tokens</c>.</summary>
    [YamlMember(Alias = "oauth2_server_uri", ApplyNamingConventions = false)]
    public string? OAuth2ServerUri { get; set; }

    /// <summary><c>rest</c>: the scope of the token; null for <c>catalog</c>.</summary>
    public string? Scope { get; set; }

    /// <summary><c>rest</c>: headers sent with every request; null for none.</summary>
    public Dictionary<string, string>? Headers { get; set; }

    internal const string DefaultWarehouse = ".features/warehouse";

    internal const string DefaultPath = ".features/catalog.db";

    // Configurations are logged; what they hold in secret is not.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Type = ").Append(Type).Append(", Name = ").Append(Name).Append(", Warehouse = ").Append(Warehouse);
        return true;
    }
}
