using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs;

/// <summary>
/// The tables below a warehouse's folder, read-only: a table is a folder that holds <c>metadata/</c> with metadata files, a namespace is a folder with tables below it, and nothing else keeps account.
/// A commit needs a store that renames without overwriting, which object stores do not offer; every write is therefore refused by name.
/// </summary>
/// <param name="warehouse">The folder or URI.</param>
/// <param name="name">The catalog's name in messages.</param>
/// <param name="storage">Where the tables' files lie.</param>
/// <param name="clock">The clock of whoever asks the catalog for one.</param>
/// <remarks>A list reads the names of all objects below its folder, since stores have no folders.</remarks>
public sealed class HadoopCatalog(string warehouse, string name, IObjectStore storage, TimeProvider clock) : ICatalog
{
    private readonly string root = Location.Canonical(warehouse);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public IObjectStore Storage => storage;

    /// <inheritdoc/>
    public TimeProvider Clock => clock;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListNamespacesAsync(string? parent, CancellationToken cancellationToken)
    {
        var prefix = parent is null ? "" : parent + ".";
        var tables = await FindTablesAsync(parent, cancellationToken).ConfigureAwait(false);
        return tables.Count == 0 && parent is not null
            ? throw CatalogFaults.NoNamespace(parent, name)
            : [.. tables.Select(t => t.Namespace + ".").Where(n => n.Length > prefix.Length).Select(n => n[..n.IndexOf('.', prefix.Length)]).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, string>?> TryLoadNamespaceAsync(string name, CancellationToken cancellationToken) =>
        (await FindTablesAsync(name, cancellationToken).ConfigureAwait(false)).Count > 0 ? new Dictionary<string, string>() : null;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TableIdentifier>> ListTablesAsync(string? namespaceName, CancellationToken cancellationToken) =>
        [.. (await FindTablesAsync(namespaceName, cancellationToken).ConfigureAwait(false))
            .Where(t => namespaceName is null || t.Namespace == namespaceName)
            .OrderBy(t => t.Namespace, StringComparer.Ordinal)
            .ThenBy(t => t.Name, StringComparer.Ordinal)];

    /// <inheritdoc/>
    public async Task<bool> TableExistsAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        await foreach (var file in storage.ListAsync(Location.Combine(FolderOf(identifier), "metadata"), cancellationToken).ConfigureAwait(false))
        {
            if (TableFolder.TableOf(file.Location) == FolderOf(identifier))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public async Task<Table?> TryLoadTableAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        try
        {
            var table = await TableFolder.OpenAsync(storage, FolderOf(identifier), cancellationToken).ConfigureAwait(false);
            return new Table(identifier.ToString(), identifier, table.Metadata, table.MetadataLocation, table.Storage, this);
        }
        catch (NotFoundException missing) when (missing.Kind == "table")
        {
            return null;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">Always.</exception>
    public Task<bool> CreateNamespaceAsync(string name, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken) => throw Refused($"creating namespace '{name}'");

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">Always.</exception>
    public Task UpdateNamespaceAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken) => throw Refused($"changing namespace '{name}'");

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">Always.</exception>
    public Task<bool> DropNamespaceAsync(string name, CancellationToken cancellationToken) => throw Refused($"dropping namespace '{name}'");

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">Always.</exception>
    public Task<Table> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken) => throw Refused($"creating table '{identifier}'");

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">Always.</exception>
    public Task<Table> RegisterTableAsync(TableIdentifier identifier, string metadataLocation, CancellationToken cancellationToken) => throw Refused($"registering table '{identifier}'");

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">Always.</exception>
    public Task RenameTableAsync(TableIdentifier from, TableIdentifier to, CancellationToken cancellationToken) => throw Refused($"renaming table '{from}'");

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">Always.</exception>
    public Task<Table?> TrySwapAsync(Table baseTable, TableMetadata updated, CancellationToken cancellationToken) => throw Refused($"committing to table '{baseTable.Name}'");

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">Always.</exception>
    public Task<bool> DropTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) => throw Refused($"dropping table '{identifier}'");

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">Always.</exception>
    public Task<bool> PurgeTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) => throw Refused($"purging table '{identifier}'");

    private string FolderOf(TableIdentifier identifier) => CatalogFaults.FolderOf(root, identifier.Namespace.Replace('.', '/'), identifier);

    private string FolderOf(string namespaceName) => Location.Combine(root, namespaceName.Replace('.', '/'));

    /// <summary>The tables in a namespace and below it; those that lie in no namespace, or whose folders' names have dots, have no name here.</summary>
    private async Task<HashSet<TableIdentifier>> FindTablesAsync(string? namespaceName, CancellationToken cancellationToken)
    {
        var found = new HashSet<TableIdentifier>();
        await foreach (var file in storage.ListAsync(namespaceName is null ? root : FolderOf(namespaceName), cancellationToken).ConfigureAwait(false))
        {
            if (TableFolder.TableOf(file.Location) is { } folder && Location.Below(root, folder) is { Length: > 0 } below
                && !below.Contains('.', StringComparison.Ordinal) && below.LastIndexOf('/') is var last and > 0)
            {
                found.Add(new TableIdentifier(below[..last].Replace('/', '.'), below[(last + 1)..]));
            }
        }

        return found;
    }

    private UnsupportedFeatureException Refused(string what) =>
        new(what, $"catalog {name}", "a Hadoop catalog is read here and not written: write through the engine that owns it, or register its tables in a SQL or REST catalog");
}
