using System.Text;

namespace Features.Iceberg.Catalogs;

/// <summary>How a REST catalog is reached. What the server's configuration overrides goes before what is given here.</summary>
public sealed record RestCatalogOptions
{
    /// <summary>The catalog's base address, to which <c>/v1/…</c> is added.</summary>
    public required Uri Uri { get; init; }

    /// <summary>The catalog's name in messages.</summary>
    public string Name { get; init; } = "rest";

    /// <summary>The warehouse that the server is asked for: a name or a location; null where it has one only.</summary>
    public string? Warehouse { get; init; }

    /// <summary>OAuth2 client credentials, <c>id:secret</c> or a secret alone; null for none. A token is fetched with them, and again before it expires.</summary>
    public string? Credential { get; init; }

    /// <summary>A bearer token; null for none. With <see cref="Credential"/> too, it is used until the server refuses it.</summary>
    public string? Token { get; init; }

    /// <summary>Where tokens are fetched; null for the catalog's own <c>v1/oauth/tokens</c>, which the specification advises against.</summary>
    public Uri? OAuth2ServerUri { get; init; }

    /// <summary>The scope of the token.</summary>
    public string Scope { get; init; } = "catalog";

    /// <summary>Headers sent with every request to the catalog.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Properties handed to the store factory beside what the server gives, such as <c>s3.region</c>.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>Asks the server for credentials of each table's storage.</summary>
    public bool AsksForCredentials { get; init; } = true;

    /// <summary>True loads all of a table's snapshots; false only those that branches and tags point to, for tables with very many.</summary>
    public bool LoadsAllSnapshots { get; init; } = true;

    /// <summary>How long one exchange with the server may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a request that the server did not take up is sent again.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The bytes that an answer may have; what is larger counts as lost.</summary>
    public int LargestAnswerBytes { get; init; } = 256 << 20;

    /// <summary>Carries the requests, for proxies and certificates of one's own; whoever gave it disposes it. Null for the usual one, which follows no redirects.</summary>
    public HttpMessageHandler? Handler { get; init; }

    // Options are logged; what they hold in secret is not.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Name = ").Append(Name).Append(", Uri = ").Append(Uri).Append(", Warehouse = ").Append(Warehouse);
        return true;
    }
}
