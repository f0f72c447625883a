using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.FaultHost;

/// <summary>A catalog whose swaps and loads a test decides; the tables that it loads commit to it.</summary>
public sealed class FaultyCatalog(ICatalog inner) : ICatalog
{
    public Func<Table, TableMetadata, Task<Table?>> Swap { get; set; } = (_, _) => Task.FromResult<Table?>(null);

    public Action Load { get; set; } = () => { };

    public int Swaps { get; private set; }

    public string Name => inner.Name;

    public IObjectStore Storage => inner.Storage;

    public TimeProvider Clock => inner.Clock;

    public Table Wrap(Table table) => new(table.Name, table.Identifier, table.Metadata, table.MetadataLocation, table.Storage, this);

    public Task<bool> CreateNamespaceAsync(string name, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken) => inner.CreateNamespaceAsync(name, properties, cancellationToken);

    public Task<IReadOnlyList<string>> ListNamespacesAsync(string? parent, CancellationToken cancellationToken) => inner.ListNamespacesAsync(parent, cancellationToken);

    public Task<IReadOnlyDictionary<string, string>?> TryLoadNamespaceAsync(string name, CancellationToken cancellationToken) => inner.TryLoadNamespaceAsync(name, cancellationToken);

    public Task UpdateNamespaceAsync(string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken) => inner.UpdateNamespaceAsync(name, changes, cancellationToken);

    public Task<bool> DropNamespaceAsync(string name, CancellationToken cancellationToken) => inner.DropNamespaceAsync(name, cancellationToken);

    public Task<IReadOnlyList<TableIdentifier>> ListTablesAsync(string? namespaceName, CancellationToken cancellationToken) => inner.ListTablesAsync(namespaceName, cancellationToken);

    public async Task<Table?> TryLoadTableAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        Load();
        return await inner.TryLoadTableAsync(identifier, cancellationToken) is { } table ? Wrap(table) : null;
    }

    public Task<Table> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken) => inner.CreateTableAsync(identifier, creation, cancellationToken);

    public Task<bool> TableExistsAsync(TableIdentifier identifier, CancellationToken cancellationToken) => inner.TableExistsAsync(identifier, cancellationToken);

    public Task<Table> RegisterTableAsync(TableIdentifier identifier, string metadataLocation, CancellationToken cancellationToken) => inner.RegisterTableAsync(identifier, metadataLocation, cancellationToken);

    public Task RenameTableAsync(TableIdentifier from, TableIdentifier to, CancellationToken cancellationToken) => inner.RenameTableAsync(from, to, cancellationToken);

    public Task<bool> PurgeTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) => inner.PurgeTableAsync(identifier, cancellationToken);

    public Task<bool> DropTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) => inner.DropTableAsync(identifier, cancellationToken);

    public Task<Table?> TrySwapAsync(Table baseTable, TableMetadata updated, CancellationToken cancellationToken)
    {
        Swaps++;
        return Swap(baseTable, updated);
    }
}
