using Features.Iceberg.Catalogs.Rest;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs;

/// <summary>A client of the Iceberg REST catalog specification. The server writes the metadata files; a commit tells it what to change, and what of the table must still hold for that.</summary>
/// <remarks>
/// A commit conflicts with those that changed what it relies on, not with every other: two that set different properties are both made.
/// What a table's storage needs, credentials among it, comes from the server and goes to the store factory.
/// </remarks>
public sealed class RestCatalog : ICatalog, IDisposable
{
    private static readonly HashSet<string> OfTheCatalogAlone = ["credential", "token", "scope", "oauth2-server-uri"];

    private readonly RestClient client;
    private readonly RestNamespaces namespaces;
    private readonly RestTables tables;
    private readonly Func<string, IReadOnlyDictionary<string, string>, IObjectStore> storeOf;

    private RestCatalog(RestCatalogOptions options, RestClient client, Func<string, IReadOnlyDictionary<string, string>, IObjectStore> storeOf, TimeProvider clock)
    {
        (this.client, this.storeOf, Clock) = (client, storeOf, clock);
        Name = options.Name;
        namespaces = new RestNamespaces(client, Name);
        tables = new RestTables(client, Name, options.LoadsAllSnapshots);
        Storage = StoreOf(client.Properties.GetValueOrDefault("warehouse") ?? options.Warehouse ?? "", new Dictionary<string, string>());
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IObjectStore Storage { get; }

    /// <inheritdoc/>
    public TimeProvider Clock { get; }

    /// <summary>Opens the catalog: fetches a token, if it needs one, and the server's configuration. The caller disposes it.</summary>
    /// <param name="options">How it is reached.</param>
    /// <param name="storeOf">Makes the store of a table from its location and the properties of catalog and table (such as <c>s3.access-key-id</c>); once for each table that is loaded, and once for the warehouse.</param>
    /// <param name="clock">The clock of tokens, waits and commits.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="StorageException">The server cannot be reached, or refuses the client.</exception>
    /// <exception cref="InvalidFileException">It is no Iceberg REST catalog.</exception>
    public static async Task<RestCatalog> OpenAsync(
        RestCatalogOptions options, Func<string, IReadOnlyDictionary<string, string>, IObjectStore> storeOf, TimeProvider clock, CancellationToken cancellationToken) =>
        new(options, await RestClient.OpenAsync(options, clock, cancellationToken).ConfigureAwait(false), storeOf, clock);

    /// <inheritdoc/>
    public Task<bool> CreateNamespaceAsync(string name, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken) => namespaces.CreateAsync(name, properties, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListNamespacesAsync(string? parent, CancellationToken cancellationToken) => namespaces.ListAsync(parent, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, string>?> TryLoadNamespaceAsync(string name, CancellationToken cancellationToken) => namespaces.TryLoadAsync(name, cancellationToken);

    /// <inheritdoc/>
    public Task UpdateNamespaceAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken) => namespaces.UpdateAsync(name, changes, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DropNamespaceAsync(string name, CancellationToken cancellationToken) => namespaces.DropAsync(name, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TableIdentifier>> ListTablesAsync(string? namespaceName, CancellationToken cancellationToken)
    {
        var found = new List<TableIdentifier>();
        var left = new Stack<string>(namespaceName is null ? await namespaces.ListAsync(null, cancellationToken).ConfigureAwait(false) : [namespaceName]);
        while (left.TryPop(out var next))
        {
            found.AddRange(await tables.ListAsync(next, cancellationToken).ConfigureAwait(false));
            foreach (var below in namespaceName is null ? await BelowAsync(next, cancellationToken).ConfigureAwait(false) : [])
            {
                left.Push(below);
            }
        }

        return [.. found.OrderBy(t => t.Namespace, StringComparer.Ordinal).ThenBy(t => t.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public Task<bool> TableExistsAsync(TableIdentifier identifier, CancellationToken cancellationToken) => tables.ExistsAsync(identifier, cancellationToken);

    /// <inheritdoc/>
    public async Task<Table?> TryLoadTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) =>
        await tables.TryLoadAsync(identifier, cancellationToken).ConfigureAwait(false) is { } loaded ? Named(identifier, loaded) : null;

    /// <inheritdoc/>
    public async Task<Table> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken) =>
        Named(identifier, await MakeAsync(identifier, () => CreateAsync(identifier, creation, isStaged: false, cancellationToken), cancellationToken).ConfigureAwait(false));

    /// <summary>Has the server prepare a table that nobody sees before <see cref="CommitStagedAsync"/>, so that it is made together with its first rows.</summary>
    /// <returns>The table to be, for writing its data files; in no catalog yet.</returns>
    /// <exception cref="AlreadyExistsException">A table of this name exists.</exception>
    public async Task<Table> StageTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken)
    {
        var staged = await MakeAsync(identifier, () => CreateAsync(identifier, creation, isStaged: true, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new Table(identifier.ToString(), identifier, staged.Metadata, staged.MetadataLocation ?? "", StoreOf(staged.Metadata.Location, staged.Config), catalog: null);
    }

    /// <summary>Makes a staged table, with what was done to its metadata since.</summary>
    /// <exception cref="AlreadyExistsException">A table of this name was made meanwhile.</exception>
    /// <exception cref="CommitStateUnknownException">The catalog did not say whether the table was made.</exception>
    public async Task<Table> CommitStagedAsync(Table staged, TableMetadata updated, CancellationToken cancellationToken)
    {
        var identifier = staged.Identifier ?? throw CatalogFaults.NotOfCatalog(staged, Name);
        var made = await tables.CommitAsync(identifier, MetadataChanges.Creating(updated), cancellationToken).ConfigureAwait(false) ?? throw CatalogFaults.TableExists(identifier);
        return new Table(identifier.ToString(), identifier, made.Metadata, LocationOf(identifier, made), staged.Storage, this);
    }

    /// <inheritdoc/>
    public async Task<Table> RegisterTableAsync(TableIdentifier identifier, string metadataLocation, CancellationToken cancellationToken)
    {
        CatalogFaults.CheckTable(identifier);
        return Named(identifier, await MakeAsync(identifier, () => tables.RegisterAsync(identifier, metadataLocation, cancellationToken), cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public Task RenameTableAsync(TableIdentifier from, TableIdentifier to, CancellationToken cancellationToken) => tables.RenameAsync(from, to, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">The change is one that no update of the specification says, such as a table in place of another.</exception>
    public async Task<Table?> TrySwapAsync(Table baseTable, TableMetadata updated, CancellationToken cancellationToken)
    {
        var identifier = baseTable.Identifier ?? throw CatalogFaults.NotOfCatalog(baseTable, Name);
        var changes = MetadataChanges.Between(baseTable.Metadata, updated, identifier.ToString());
        var committed = changes.Updates.Count > 0
            ? await CommitAsync(identifier, updated, changes, cancellationToken).ConfigureAwait(false)
            : await tables.TryLoadAsync(identifier, cancellationToken).ConfigureAwait(false) is { } standing && standing.MetadataLocation == baseTable.MetadataLocation ? standing : null;
        return committed is null ? null : new Table(identifier.ToString(), identifier, committed.Metadata, LocationOf(identifier, committed), baseTable.Storage, this);
    }

    /// <inheritdoc/>
    public Task<bool> DropTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) => tables.DropAsync(identifier, purges: false, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> PurgeTableAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        if (await TryLoadTableAsync(identifier, cancellationToken).ConfigureAwait(false) is not { } table)
        {
            return false;
        }

        // Which files are another table's too is the server's to know.
        TablePurge.Check(table, []);
        return await tables.DropAsync(identifier, purges: true, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<LoadedTable?> CreateAsync(TableIdentifier identifier, TableCreation creation, bool isStaged, CancellationToken cancellationToken)
    {
        CatalogFaults.CheckTable(identifier);
        var location = creation.Location?.TrimEnd('/');
        // The server gives out the ids; this finds the faults before it is asked, all at once.
        var first = NewTableMetadata.From(creation, location ?? identifier.ToString(), Clock.GetUtcNow().ToUnixTimeMilliseconds());
        return await tables.CreateAsync(identifier, first, location, isStaged, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a table, and its namespace where the server finds it missing.</summary>
    private async Task<LoadedTable> MakeAsync(TableIdentifier identifier, Func<Task<LoadedTable?>> make, CancellationToken cancellationToken)
    {
        if (await make().ConfigureAwait(false) is { } made)
        {
            return made;
        }

        await namespaces.EnsureAsync(identifier.Namespace, cancellationToken).ConfigureAwait(false);
        return await make().ConfigureAwait(false) ?? throw CatalogFaults.NoNamespace(identifier.Namespace, Name);
    }

    /// <summary>Commits; where no answer tells, the table does if it is now just as it was to be.</summary>
    private async Task<LoadedTable?> CommitAsync(TableIdentifier identifier, TableMetadata updated, MetadataChanges changes, CancellationToken cancellationToken)
    {
        try
        {
            return await tables.CommitAsync(identifier, changes, cancellationToken).ConfigureAwait(false);
        }
        catch (CommitStateUnknownException)
        {
            if (await FindAsync(identifier, updated, cancellationToken).ConfigureAwait(false) is { } done)
            {
                return done;
            }

            throw;
        }
    }

    private async Task<LoadedTable?> FindAsync(TableIdentifier identifier, TableMetadata updated, CancellationToken cancellationToken)
    {
        try
        {
            var current = await tables.TryLoadAsync(identifier, cancellationToken).ConfigureAwait(false);
            return current is not null && MetadataChanges.Between(current.Metadata, updated, identifier.ToString()).Updates.Count == 0 ? current : null;
        }
        catch (Exception fault) when (fault is IcebergException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<string>> BelowAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await namespaces.ListAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException)
        {
            // Dropped since it was listed.
            return [];
        }
    }

    private Table Named(TableIdentifier identifier, LoadedTable loaded) =>
        new(identifier.ToString(), identifier, loaded.Metadata, LocationOf(identifier, loaded), StoreOf(loaded.Metadata.Location, loaded.Config), this);

    private string LocationOf(TableIdentifier identifier, LoadedTable loaded) =>
        loaded.MetadataLocation ?? throw client.Malformed(client.Paths.Table(identifier), "'metadata-location' is missing");

    private IObjectStore StoreOf(string location, IReadOnlyDictionary<string, string> config)
    {
        var properties = client.Properties.Where(p => !OfTheCatalogAlone.Contains(p.Key)).ToDictionary();
        foreach (var (key, value) in config)
        {
            properties[key] = value;
        }

        return storeOf(location, properties);
    }
}
