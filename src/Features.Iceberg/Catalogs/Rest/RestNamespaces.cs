using System.Net;
using System.Text.Json.Nodes;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>The namespaces of a REST catalog.</summary>
internal sealed class RestNamespaces(RestClient client, string catalog)
{
    public async Task<bool> CreateAsync(string name, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        CatalogFaults.CheckNamespace(name);
        client.Endpoints.Require(RestEndpoints.CreateNamespace, catalog);
        const string what = "the namespace could not be created";
        var body = new JsonObject { ["namespace"] = RestPaths.Levels(name), ["properties"] = MetadataChangesJson.Of(properties) };
        var answer = await client.AskAsync(HttpMethod.Post, client.Paths.Namespaces, body, what, cancellationToken).ConfigureAwait(false);
        switch (answer)
        {
            case { Status: HttpStatusCode.Conflict }:
                return false;
            case { IsMissing: true } when name.LastIndexOf('.') is var dot and > 0:
                throw CatalogFaults.NoNamespace(name[..dot], catalog);
            default:
                client.Check(answer, client.Paths.Namespaces, what);
                return true;
        }
    }

    /// <summary>Creates a namespace and, where the server wants them, the levels above it.</summary>
    public async Task EnsureAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await CreateAsync(name, new Dictionary<string, string>(), cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException) when (name.LastIndexOf('.') is var dot and > 0)
        {
            await EnsureAsync(name[..dot], cancellationToken).ConfigureAwait(false);
            await CreateAsync(name, new Dictionary<string, string>(), cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyList<string>> ListAsync(string? parent, CancellationToken cancellationToken)
    {
        client.Endpoints.Require(RestEndpoints.ListNamespaces, catalog);
        var path = parent is null ? client.Paths.Namespaces : $"{client.Paths.Namespaces}?parent={client.Paths.Encoded(parent)}";
        var found = new List<string>();
        await foreach (var levels in RestPages.ReadAsync(
            client, path, "namespaces", "the namespaces cannot be listed", parent is null ? null : CatalogFaults.NoNamespace(parent, catalog), cancellationToken).ConfigureAwait(false))
        {
            found.Add(RestPaths.NameOf(levels) ?? throw client.Malformed(path, "a namespace is no list of levels"));
        }

        return [.. found.Distinct().Order(StringComparer.Ordinal)];
    }

    public async Task<IReadOnlyDictionary<string, string>?> TryLoadAsync(string name, CancellationToken cancellationToken)
    {
        client.Endpoints.Require(RestEndpoints.LoadNamespace, catalog);
        const string what = "the namespace cannot be read";
        var path = client.Paths.Namespace(name);
        var answer = await client.AskAsync(HttpMethod.Get, path, null, what, cancellationToken).ConfigureAwait(false);
        return answer.IsMissing ? null : RestClient.Strings(client.BodyOf(answer, path, what), "properties");
    }

    public async Task UpdateAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken)
    {
        client.Endpoints.Require(RestEndpoints.UpdateNamespace, catalog);
        const string what = "the namespace's properties could not be changed";
        var path = $"{client.Paths.Namespace(name)}/properties";
        var body = new JsonObject
        {
            ["removals"] = new JsonArray([.. changes.Where(c => c.Value is null).Select(c => (JsonNode)c.Key)]),
            ["updates"] = MetadataChangesJson.Of(changes.Where(c => c.Value is not null).ToDictionary(c => c.Key, c => c.Value!)),
        };
        var answer = await client.AskAsync(HttpMethod.Post, path, body, what, cancellationToken).ConfigureAwait(false);
        if (answer.IsMissing)
        {
            throw CatalogFaults.NoNamespace(name, catalog);
        }

        client.Check(answer, path, what);
    }

    public async Task<bool> DropAsync(string name, CancellationToken cancellationToken)
    {
        client.Endpoints.Require(RestEndpoints.DropNamespace, catalog);
        const string what = "the namespace could not be dropped";
        var path = client.Paths.Namespace(name);
        var answer = await client.AskAsync(HttpMethod.Delete, path, null, what, cancellationToken).ConfigureAwait(false);
        if (answer.IsMissing)
        {
            return false;
        }

        // 409 is in the specification now; servers before it answered 400 with the kind of error.
        if (answer.Status == HttpStatusCode.Conflict || answer.ErrorType == "NamespaceNotEmptyException")
        {
            throw new NamespaceNotEmptyException(name);
        }

        client.Check(answer, path, what);
        return true;
    }
}
