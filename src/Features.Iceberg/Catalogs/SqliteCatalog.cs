using Features.Iceberg.Spec;
using Features.Iceberg.Storage;
using Microsoft.Data.Sqlite;

namespace Features.Iceberg.Catalogs;

/// <summary>A catalog in one SQLite file, in the schema that PyIceberg, Java, Rust and Go share (V1; V0 is read). Safe for several processes.</summary>
public sealed class SqliteCatalog : ICatalog, IDisposable
{
    // Result codes of SQLite after which nothing was written: busy, locked, no memory, read-only, full, cannot open, constraint, not a database.
    private static readonly HashSet<int> RefusedBeforeWriting = [5, 6, 7, 8, 13, 14, 19, 26];

    private const string Unregistered = "the table could not be registered";

    private readonly SqliteTables tables;
    private readonly string warehouse;

    /// <summary>Opens the catalog, creating the file and its tables where missing.</summary>
    /// <param name="path">The SQLite file.</param>
    /// <param name="name">The name that clients load it by.</param>
    /// <param name="warehouse">The folder or URI under which tables are created.</param>
    /// <param name="storage">Where the tables' files lie.</param>
    /// <param name="clock">The clock of commits.</param>
    /// <exception cref="StorageException">The file cannot be opened, or is no SQLite database.</exception>
    public SqliteCatalog(string path, string name, string warehouse, IObjectStore storage, TimeProvider clock)
    {
        Name = name;
        Storage = storage;
        Clock = clock;
        this.warehouse = warehouse.TrimEnd('/');
        tables = SqliteTables.Open(path, name);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IObjectStore Storage { get; }

    /// <inheritdoc/>
    public TimeProvider Clock { get; }

    /// <inheritdoc/>
    public Task<bool> CreateNamespaceAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(tables.AddNamespace(name));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TableIdentifier>> ListTablesAsync(string? namespaceName, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(tables.List(namespaceName));
    }

    /// <inheritdoc/>
    public async Task<Table?> TryLoadTableAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (tables.FindLocation(identifier) is not { } location)
        {
            return null;
        }

        var metadata = await TableMetadataJson.ReadAsync(Storage, location, cancellationToken).ConfigureAwait(false);
        return Named(identifier, metadata, location);
    }

    /// <inheritdoc/>
    public async Task<Table> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken)
    {
        if (tables.IsTaken(identifier))
        {
            throw Exists(identifier);
        }

        var location = creation.Location?.TrimEnd('/') ?? $"{warehouse}/{identifier.Namespace}/{identifier.Name}";
        var metadata = NewTableMetadata.From(creation, location, Clock.GetUtcNow().ToUnixTimeMilliseconds());
        var file = TableLocations.NextMetadataFile(metadata, previous: null);
        tables.AddNamespace(identifier.Namespace);
        await TableMetadataJson.WriteAsync(Storage, file, metadata, cancellationToken).ConfigureAwait(false);
        try
        {
            if (!tables.Insert(identifier, file))
            {
                throw Exists(identifier);
            }
        }
        catch (Exception error) when (error is AlreadyExistsException || (error is SqliteException sqlite && RefusedBeforeWriting.Contains(sqlite.SqliteErrorCode)))
        {
            await Storage.DeleteAsync(file, CancellationToken.None).ConfigureAwait(false);
            throw error is SqliteException ? tables.Failed(Unregistered, error) : error;
        }
        catch (SqliteException unknown)
        {
            // It may stand, so its file does too.
            throw tables.Failed(Unregistered, unknown);
        }

        return Named(identifier, metadata, file);
    }

    /// <inheritdoc/>
    public async Task<Table?> TrySwapAsync(Table baseTable, TableMetadata updated, CancellationToken cancellationToken)
    {
        var identifier = baseTable.Identifier ?? throw new InvalidTableArgumentException($"'{baseTable.Name}' has no name in catalog '{Name}'");
        var file = TableLocations.NextMetadataFile(updated, baseTable.MetadataLocation);
        await TableMetadataJson.WriteAsync(Storage, file, updated, cancellationToken).ConfigureAwait(false);
        bool swapped;
        try
        {
            swapped = tables.Swap(identifier, baseTable.MetadataLocation, file);
        }
        catch (SqliteException refused) when (RefusedBeforeWriting.Contains(refused.SqliteErrorCode))
        {
            await Storage.DeleteAsync(file, CancellationToken.None).ConfigureAwait(false);
            throw tables.Failed($"the commit to '{identifier}' was refused", refused);
        }
        catch (SqliteException unknown)
        {
            throw new CommitStateUnknownException(identifier.ToString(), unknown, file);
        }

        if (swapped)
        {
            return Named(identifier, updated, file);
        }

        await Storage.DeleteAsync(file, CancellationToken.None).ConfigureAwait(false);
        return null;
    }

    /// <inheritdoc/>
    public Task<bool> DropTableAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(tables.Delete(identifier));
    }

    /// <inheritdoc/>
    public void Dispose() => tables.Dispose();

    private Table Named(TableIdentifier identifier, TableMetadata metadata, string location) =>
        new(identifier.ToString(), identifier, metadata, location, Storage, this);

    private static AlreadyExistsException Exists(TableIdentifier identifier) =>
        new("table", identifier.ToString(), "load it, or drop it before creating it anew");
}
