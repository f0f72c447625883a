using System.Data.Common;
using Features.Iceberg.Catalogs.Sql;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs;

/// <summary>A catalog in a SQL database, in the schema that PyIceberg, Java, Rust and Go share (V1; V0 is used as it is). Implementations: <see cref="SqliteCatalog"/>, <see cref="PostgresCatalog"/>.</summary>
public abstract class SqlCatalog : ICatalog, IDisposable
{
    private readonly SqlDatabase database;
    private readonly SqlTables tables;
    private readonly SqlNamespaces namespaces;
    private readonly string warehouse;
    private readonly ReadMetadata metadataFiles = new();

    private protected SqlCatalog(SqlDialect dialect, string name, string warehouse, IObjectStore storage, TimeProvider clock)
    {
        (Name, Storage, Clock) = (name, storage, clock);
        this.warehouse = warehouse.TrimEnd('/');
        database = new SqlDatabase(dialect, name);
        tables = new SqlTables(database);
        namespaces = new SqlNamespaces(database);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IObjectStore Storage { get; }

    /// <inheritdoc/>
    public TimeProvider Clock { get; }

    /// <inheritdoc/>
    public async Task<bool> CreateNamespaceAsync(string name, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        CatalogFaults.CheckNamespace(name);
        return !await namespaces.ExistsAsync(name, cancellationToken).ConfigureAwait(false)
            && await namespaces.AddAsync(name, properties, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListNamespacesAsync(string? parent, CancellationToken cancellationToken)
    {
        var prefix = parent is null ? "" : parent + ".";
        var named = await namespaces.NamedAsync(cancellationToken).ConfigureAwait(false);
        if (parent is not null && !named.Any(n => n == parent || n.StartsWith(prefix, StringComparison.Ordinal)))
        {
            throw CatalogFaults.NoNamespace(parent, Name);
        }

        return [.. named
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
            .Select(n => n.IndexOf('.', prefix.Length) is var end and > 0 ? n[..end] : n)
            .Distinct()
            .Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, string>?> TryLoadNamespaceAsync(string name, CancellationToken cancellationToken) =>
        await namespaces.ExistsAsync(name, cancellationToken).ConfigureAwait(false) ? await namespaces.PropertiesAsync(name, cancellationToken).ConfigureAwait(false) : null;

    /// <inheritdoc/>
    public async Task UpdateNamespaceAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken)
    {
        if (!await namespaces.ExistsAsync(name, cancellationToken).ConfigureAwait(false))
        {
            throw CatalogFaults.NoNamespace(name, Name);
        }

        await namespaces.UpdateAsync(name, changes, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<bool> DropNamespaceAsync(string name, CancellationToken cancellationToken)
    {
        if (await namespaces.DeleteAsync(name, cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        return await namespaces.ExistsAsync(name, cancellationToken).ConfigureAwait(false) ? throw new NamespaceNotEmptyException(name) : false;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TableIdentifier>> ListTablesAsync(string? namespaceName, CancellationToken cancellationToken) => tables.ListAsync(namespaceName, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> TableExistsAsync(TableIdentifier identifier, CancellationToken cancellationToken) =>
        await tables.FindLocationAsync(identifier, cancellationToken).ConfigureAwait(false) is not null;

    /// <inheritdoc/>
    public async Task<Table?> TryLoadTableAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        if (await tables.FindLocationAsync(identifier, cancellationToken).ConfigureAwait(false) is not { } location)
        {
            return null;
        }

        return Named(identifier, await metadataFiles.ReadAsync(Storage, location, cancellationToken).ConfigureAwait(false), location);
    }

    /// <inheritdoc/>
    public async Task<Table> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken)
    {
        await CheckFreeAsync(identifier, cancellationToken).ConfigureAwait(false);
        var location = creation.Location?.TrimEnd('/') ?? CatalogFaults.FolderOf(warehouse, identifier.Namespace, identifier);
        var metadata = NewTableMetadata.From(creation, location, Clock.GetUtcNow().ToUnixTimeMilliseconds());
        var file = TableLocations.NextMetadataFile(metadata, previous: null);
        await namespaces.AddAsync(identifier.Namespace, NoProperties, cancellationToken).ConfigureAwait(false);
        await TableMetadataJson.WriteAsync(Storage, file, metadata, cancellationToken).ConfigureAwait(false);
        try
        {
            await InsertAsync(identifier, file, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not CommitStateUnknownException)
        {
            await RemoveUnusedAsync(file).ConfigureAwait(false);
            throw;
        }

        return Named(identifier, metadata, file);
    }

    /// <inheritdoc/>
    public async Task<Table> RegisterTableAsync(TableIdentifier identifier, string metadataLocation, CancellationToken cancellationToken)
    {
        await CheckFreeAsync(identifier, cancellationToken).ConfigureAwait(false);
        var metadata = await TableMetadataJson.ReadAsync(Storage, metadataLocation, cancellationToken).ConfigureAwait(false);
        await namespaces.AddAsync(identifier.Namespace, NoProperties, cancellationToken).ConfigureAwait(false);
        await InsertAsync(identifier, metadataLocation, cancellationToken).ConfigureAwait(false);
        return Named(identifier, metadata, metadataLocation);
    }

    /// <inheritdoc/>
    public async Task RenameTableAsync(TableIdentifier from, TableIdentifier to, CancellationToken cancellationToken)
    {
        CatalogFaults.CheckTable(to);
        if (!await namespaces.ExistsAsync(to.Namespace, cancellationToken).ConfigureAwait(false))
        {
            throw CatalogFaults.NoNamespace(to.Namespace, Name);
        }

        if (!await tables.RenameAsync(from, to, cancellationToken).ConfigureAwait(false))
        {
            throw await TableExistsAsync(from, cancellationToken).ConfigureAwait(false) ? CatalogFaults.NameTaken(to) : CatalogFaults.NoTable(from, Name);
        }
    }

    /// <inheritdoc/>
    public async Task<Table?> TrySwapAsync(Table baseTable, TableMetadata updated, CancellationToken cancellationToken)
    {
        var identifier = baseTable.Identifier ?? throw CatalogFaults.NotOfCatalog(baseTable, Name);
        var file = TableLocations.NextMetadataFile(updated, baseTable.MetadataLocation);
        await TableMetadataJson.WriteAsync(Storage, file, updated, cancellationToken).ConfigureAwait(false);
        bool swapped;
        try
        {
            swapped = await tables.SwapAsync(identifier, baseTable.MetadataLocation, file, cancellationToken).ConfigureAwait(false);
        }
        catch (DbException unknown)
        {
            throw new CommitStateUnknownException(identifier.ToString(), unknown, file);
        }
        catch
        {
            await RemoveUnusedAsync(file).ConfigureAwait(false);
            throw;
        }

        if (swapped)
        {
            return Named(identifier, updated, file);
        }

        await RemoveUnusedAsync(file).ConfigureAwait(false);
        return null;
    }

    /// <inheritdoc/>
    public Task<bool> DropTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) => tables.DeleteAsync(identifier, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> PurgeTableAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        if (await TryLoadTableAsync(identifier, cancellationToken).ConfigureAwait(false) is not { } table)
        {
            return false;
        }

        TablePurge.Check(table, await tables.OthersAsync(identifier, cancellationToken).ConfigureAwait(false));
        if (!await tables.DeleteAsync(identifier, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await TablePurge.RemoveFilesAsync(table, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the connections that are kept.</summary>
    private protected virtual void Dispose(bool disposing) => database.Dispose();

    private static readonly Dictionary<string, string> NoProperties = [];

    private async Task RemoveUnusedAsync(string file)
    {
        try
        {
            await Storage.DeleteAsync(file, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IcebergException)
        {
            // What became of the commit is what the caller must see; a file that stays is an orphan, never part of a table.
        }
    }

    private async Task CheckFreeAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        CatalogFaults.CheckTable(identifier);
        if (await tables.IsTakenAsync(identifier, cancellationToken).ConfigureAwait(false))
        {
            throw CatalogFaults.TableExists(identifier);
        }
    }

    private async Task InsertAsync(TableIdentifier identifier, string file, CancellationToken cancellationToken)
    {
        try
        {
            if (!await tables.InsertAsync(identifier, file, cancellationToken).ConfigureAwait(false))
            {
                throw CatalogFaults.TableExists(identifier);
            }
        }
        catch (DbException unknown)
        {
            // It may stand, so its file does too.
            throw new CommitStateUnknownException(identifier.ToString(), unknown, file);
        }
    }

    private Table Named(TableIdentifier identifier, TableMetadata metadata, string location) => new(identifier.ToString(), identifier, metadata, location, Storage, this);
}
