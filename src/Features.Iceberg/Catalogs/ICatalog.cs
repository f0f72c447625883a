using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs;

/// <summary>
/// Namespaces, names of tables, and the one pointer to each table's current metadata. A namespace of several levels is written <c>level.level</c>.
/// Conformance suite: <c>CatalogConformance</c>.
/// </summary>
public interface ICatalog
{
    /// <summary>The name that clients load the catalog by.</summary>
    string Name { get; }

    /// <summary>Where the tables' files lie, unless a table brings a store of its own.</summary>
    IObjectStore Storage { get; }

    /// <summary>The clock of commits and of the waits between attempts.</summary>
    TimeProvider Clock { get; }

    /// <summary>Creates a namespace; false if it existed, and then its properties are left as they are.</summary>
    /// <exception cref="NotFoundException">The catalog wants the levels above it to exist, and one does not.</exception>
    Task<bool> CreateNamespaceAsync(string name, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken);

    /// <summary>The namespaces right below <paramref name="parent"/> (null: the top ones), each in full, by name.</summary>
    /// <exception cref="NotFoundException">There is no such parent.</exception>
    Task<IReadOnlyList<string>> ListNamespacesAsync(string? parent, CancellationToken cancellationToken);

    /// <summary>A namespace's properties; null if there is none of this name.</summary>
    Task<IReadOnlyDictionary<string, string>?> TryLoadNamespaceAsync(string name, CancellationToken cancellationToken);

    /// <summary>Sets properties of a namespace; a null value removes one.</summary>
    /// <exception cref="NotFoundException">There is no such namespace.</exception>
    Task UpdateNamespaceAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken);

    /// <summary>Removes an empty namespace; false if there was none.</summary>
    /// <exception cref="NamespaceNotEmptyException">It holds tables, views or namespaces.</exception>
    Task<bool> DropNamespaceAsync(string name, CancellationToken cancellationToken);

    /// <summary>All tables, by name; of one namespace, without those below it, if one is given.</summary>
    Task<IReadOnlyList<TableIdentifier>> ListTablesAsync(string? namespaceName, CancellationToken cancellationToken);

    /// <summary>True if a table of this name exists; its metadata is not read.</summary>
    Task<bool> TableExistsAsync(TableIdentifier identifier, CancellationToken cancellationToken);

    /// <summary>Loads a table, or null if there is none of this name.</summary>
    Task<Table?> TryLoadTableAsync(TableIdentifier identifier, CancellationToken cancellationToken);

    /// <summary>Creates a table and its namespace where missing. Field ids are assigned afresh from 1, depth by depth, and the spec's and order's source ids follow.</summary>
    /// <exception cref="AlreadyExistsException">A table of this name exists.</exception>
    /// <exception cref="CommitStateUnknownException">The catalog did not say whether the table was made.</exception>
    Task<Table> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken);

    /// <summary>Gives a table that stands already a name here, by its current metadata file; its namespace is made where missing.</summary>
    /// <exception cref="AlreadyExistsException">A table of this name exists.</exception>
    /// <exception cref="NotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidFileException">It is no table metadata.</exception>
    Task<Table> RegisterTableAsync(TableIdentifier identifier, string metadataLocation, CancellationToken cancellationToken);

    /// <summary>Gives a table another name; its files stay where they are.</summary>
    /// <exception cref="NotFoundException">There is no such table, or no such namespace to move it to.</exception>
    /// <exception cref="AlreadyExistsException">The new name is taken.</exception>
    Task RenameTableAsync(TableIdentifier from, TableIdentifier to, CancellationToken cancellationToken);

    /// <summary>
    /// The compare-and-swap under every commit: makes <paramref name="updated"/> the table's metadata if what <paramref name="baseTable"/> says of it still holds.
    /// Returns the new table, or null if another writer was first (a metadata file written for it is then removed).
    /// </summary>
    /// <exception cref="CommitStateUnknownException">The outcome could not be learnt.</exception>
    Task<Table?> TrySwapAsync(Table baseTable, TableMetadata updated, CancellationToken cancellationToken);

    /// <summary>Removes the name; the files stay. False if there was none.</summary>
    Task<bool> DropTableAsync(TableIdentifier identifier, CancellationToken cancellationToken);

    /// <summary>Removes the name and then the table's files: those that its metadata names and that lie in its own folders. False if there was none.</summary>
    /// <exception cref="InvalidTableArgumentException">The files are not the table's to remove: <c>gc.enabled</c> is false, or another table has files in its folder. The name then stays.</exception>
    Task<bool> PurgeTableAsync(TableIdentifier identifier, CancellationToken cancellationToken);
}
