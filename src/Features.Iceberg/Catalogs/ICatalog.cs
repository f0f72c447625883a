using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs;

/// <summary>Names of tables and the one pointer to each table's current metadata. Conformance suite: <c>CatalogConformance</c>.</summary>
public interface ICatalog
{
    /// <summary>The name that clients load the catalog by.</summary>
    string Name { get; }

    /// <summary>Where the tables' files lie.</summary>
    IObjectStore Storage { get; }

    /// <summary>The clock of commits and of the waits between attempts.</summary>
    TimeProvider Clock { get; }

    /// <summary>Creates a namespace; false if it existed.</summary>
    Task<bool> CreateNamespaceAsync(string name, CancellationToken cancellationToken);

    /// <summary>All tables, by name; of one namespace if one is given.</summary>
    Task<IReadOnlyList<TableIdentifier>> ListTablesAsync(string? namespaceName, CancellationToken cancellationToken);

    /// <summary>Loads a table, or null if there is none of this name.</summary>
    Task<Table?> TryLoadTableAsync(TableIdentifier identifier, CancellationToken cancellationToken);

    /// <summary>Creates a table and its namespace where missing. Field ids are assigned afresh from 1, depth by depth, and the spec's and order's source ids follow.</summary>
    /// <exception cref="AlreadyExistsException">A table of this name exists.</exception>
    Task<Table> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken);

    /// <summary>
    /// The compare-and-swap under every commit: writes <paramref name="updated"/> as a new metadata file and makes it current if
    /// <paramref name="baseTable"/>'s metadata location still is. Returns the new table, or null if another writer was first (the written file is then removed).
    /// </summary>
    /// <exception cref="CommitStateUnknownException">The outcome could not be learnt.</exception>
    Task<Table?> TrySwapAsync(Table baseTable, TableMetadata updated, CancellationToken cancellationToken);

    /// <summary>Removes the name; the files stay. False if there was none.</summary>
    Task<bool> DropTableAsync(TableIdentifier identifier, CancellationToken cancellationToken);
}

/// <summary>What a new table is made of. Partition and sort fields name source columns by the ids in <paramref name="Schema"/>.</summary>
/// <param name="Schema">Columns; ids need only be unique here.</param>
/// <param name="Spec">The partition spec.</param>
/// <param name="SortOrder">The sort order.</param>
/// <param name="Properties">Table properties.</param>
/// <param name="Location">The base location; null for the catalog's default, <c>warehouse/namespace/table</c>.</param>
public sealed record TableCreation(Schema Schema, PartitionSpec Spec, SortOrder SortOrder, IReadOnlyDictionary<string, string> Properties, string? Location = null);
