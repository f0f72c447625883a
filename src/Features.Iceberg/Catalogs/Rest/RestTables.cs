using System.Net;
using System.Text.Json.Nodes;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>The tables of a REST catalog.</summary>
internal sealed class RestTables(RestClient client, string catalog, bool loadsAllSnapshots)
{
    private const string Uncreated = "the table could not be created";

    public async Task<IReadOnlyList<TableIdentifier>> ListAsync(string namespaceName, CancellationToken cancellationToken)
    {
        client.Endpoints.Require(RestEndpoints.ListTables, catalog);
        var path = client.Paths.Tables(namespaceName);
        var found = new List<TableIdentifier>();
        await foreach (var json in RestPages.ReadAsync(client, path, "identifiers", "the tables cannot be listed", null, cancellationToken).ConfigureAwait(false))
        {
            found.Add(json.TryGetProperty("name", out var name) && name.GetString() is { } text && json.TryGetProperty("namespace", out var levels) && RestPaths.NameOf(levels) is { } space
                ? new TableIdentifier(space, text)
                : throw client.Malformed(path, "a table has no name"));
        }

        return found;
    }

    public async Task<bool> ExistsAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        if (!client.Endpoints.Has(RestEndpoints.TableExists))
        {
            return await TryLoadAsync(identifier, cancellationToken).ConfigureAwait(false) is not null;
        }

        const string what = "the table cannot be looked for";
        var path = client.Paths.Table(identifier);
        var answer = await client.AskAsync(HttpMethod.Head, path, null, what, cancellationToken).ConfigureAwait(false);
        // The answer to a HEAD has no body that could tell whose 404 it is.
        if (answer.Status != HttpStatusCode.NotFound)
        {
            client.Check(answer, path, what);
        }

        return answer.IsSuccess;
    }

    public async Task<LoadedTable?> TryLoadAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        client.Endpoints.Require(RestEndpoints.LoadTable, catalog);
        const string what = "the table cannot be loaded";
        var path = $"{client.Paths.Table(identifier)}?snapshots={(loadsAllSnapshots ? "all" : "refs")}";
        var answer = await client.AskAsync(HttpMethod.Get, path, null, what, cancellationToken).ConfigureAwait(false);
        return answer.IsMissing ? null : LoadedTable.Read(client.BodyOf(answer, path, what), client.AddressOf(path));
    }

    /// <summary>Null if the namespace is missing.</summary>
    /// <param name="identifier">The table's name.</param>
    /// <param name="first">Its first metadata, whose ids the server may give out anew.</param>
    /// <param name="location">Where it shall lie; null for the server's choice.</param>
    /// <param name="isStaged">True has the server prepare the table, to be made by a commit.</param>
    /// <param name="cancellationToken">Cancels, before the request is sent.</param>
    public Task<LoadedTable?> CreateAsync(TableIdentifier identifier, TableMetadata first, string? location, bool isStaged, CancellationToken cancellationToken)
    {
        client.Endpoints.Require(RestEndpoints.CreateTable, catalog);
        var body = new JsonObject
        {
            ["name"] = identifier.Name,
            ["schema"] = MetadataChangesJson.Of(first.CurrentSchema),
            ["partition-spec"] = MetadataChangesJson.Of(first.DefaultSpec),
            ["write-order"] = MetadataChangesJson.Of(first.DefaultSortOrder),
            ["stage-create"] = isStaged,
            ["properties"] = MetadataChangesJson.Of(first.Properties),
        };
        if (location is not null)
        {
            body["location"] = location;
        }

        return MakeAsync(identifier, client.Paths.Tables(identifier.Namespace), body, Uncreated, cancellationToken);
    }

    /// <summary>Null if the namespace is missing.</summary>
    public Task<LoadedTable?> RegisterAsync(TableIdentifier identifier, string metadataLocation, CancellationToken cancellationToken)
    {
        client.Endpoints.Require(RestEndpoints.RegisterTable, catalog);
        return MakeAsync(
            identifier,
            $"{client.Paths.Namespace(identifier.Namespace)}/register",
            new JsonObject { ["name"] = identifier.Name, ["metadata-location"] = metadataLocation },
            "the table could not be registered",
            cancellationToken);
    }

    public async Task RenameAsync(TableIdentifier from, TableIdentifier to, CancellationToken cancellationToken)
    {
        client.Endpoints.Require(RestEndpoints.RenameTable, catalog);
        const string what = "the table could not be renamed";
        var body = new JsonObject { ["source"] = RestPaths.Identifier(from), ["destination"] = RestPaths.Identifier(to) };
        var answer = await client.AskAsync(HttpMethod.Post, client.Paths.Rename, body, what, cancellationToken).ConfigureAwait(false);
        if (answer.IsMissing)
        {
            throw answer.ErrorType == "NoSuchNamespaceException" ? CatalogFaults.NoNamespace(to.Namespace, catalog) : CatalogFaults.NoTable(from, catalog);
        }

        if (answer.Status == HttpStatusCode.Conflict)
        {
            throw CatalogFaults.NameTaken(to);
        }

        client.Check(answer, client.Paths.Rename, what);
    }

    public async Task<bool> DropAsync(TableIdentifier identifier, bool purges, CancellationToken cancellationToken)
    {
        client.Endpoints.Require(RestEndpoints.DropTable, catalog);
        const string what = "the table could not be dropped";
        var path = $"{client.Paths.Table(identifier)}?purgeRequested={(purges ? "true" : "false")}";
        var answer = await client.AskAsync(HttpMethod.Delete, path, null, what, cancellationToken).ConfigureAwait(false);
        if (answer.IsMissing)
        {
            return false;
        }

        client.Check(answer, path, what);
        return true;
    }

    /// <summary>Commits; null if a requirement did not hold, or the table is gone.</summary>
    /// <exception cref="CommitStateUnknownException">The server failed, or its answer was lost, after it had the request.</exception>
    public async Task<LoadedTable?> CommitAsync(TableIdentifier identifier, MetadataChanges changes, CancellationToken cancellationToken)
    {
        client.Endpoints.Require(RestEndpoints.CommitTable, catalog);
        var path = client.Paths.Table(identifier);
        var body = MetadataChangesJson.Commit(changes, RestPaths.Identifier(identifier));
        var what = $"the commit to '{identifier}' was refused";
        var answer = await SendAsync(identifier, path, body, what, cancellationToken).ConfigureAwait(false);
        return answer.Status == HttpStatusCode.Conflict || answer.IsMissing ? null : ReadDone(identifier, answer, path, what);
    }

    private async Task<LoadedTable?> MakeAsync(TableIdentifier identifier, string path, JsonObject body, string what, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(identifier, path, body, what, cancellationToken).ConfigureAwait(false);
        return answer.Status == HttpStatusCode.Conflict ? throw CatalogFaults.TableExists(identifier)
            : answer.IsMissing && answer.ErrorType == "NoSuchNamespaceException" ? null
            : ReadDone(identifier, answer, path, what);
    }

    private async Task<RestAnswer> SendAsync(TableIdentifier identifier, string path, JsonObject body, string what, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.SendAsync(HttpMethod.Post, path, body, cancellationToken).ConfigureAwait(false);
            return answer.IsUnknown ? throw new CommitStateUnknownException(identifier.ToString(), client.Fault(answer, path, what)) : answer;
        }
        catch (AnswerLostException lost)
        {
            throw new CommitStateUnknownException(identifier.ToString(), lost);
        }
    }

    /// <summary>The table of an answer that says success; one that says it and cannot be read leaves unknown what was done.</summary>
    private LoadedTable ReadDone(TableIdentifier identifier, RestAnswer answer, string path, string what)
    {
        client.Check(answer, path, what);
        try
        {
            return LoadedTable.Read(client.BodyOf(answer, path, what), client.AddressOf(path));
        }
        catch (InvalidFileException fault)
        {
            throw new CommitStateUnknownException(identifier.ToString(), fault);
        }
    }
}
