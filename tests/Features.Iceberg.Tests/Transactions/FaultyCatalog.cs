using Features.Iceberg.Catalogs;
using Features.Iceberg.Spec;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Transactions;

/// <summary>A catalog whose swaps and loads a test decides.</summary>
internal sealed class FaultyCatalog(ICatalog inner) : ICatalog
{
    public Func<Table, TableMetadata, Task<Table?>> Swap { get; set; } = (_, _) => Task.FromResult<Table?>(null);

    public Action Load { get; set; } = () => { };

    public int Swaps { get; private set; }

    public string Name => inner.Name;

    public IObjectStore Storage => inner.Storage;

    public TimeProvider Clock => inner.Clock;

    public Table Wrap(Table table) => new(table.Name, table.Identifier, table.Metadata, table.MetadataLocation, table.Storage, this);

    public Task<bool> CreateNamespaceAsync(string name, CancellationToken cancellationToken) => inner.CreateNamespaceAsync(name, cancellationToken);

    public Task<IReadOnlyList<TableIdentifier>> ListTablesAsync(string? namespaceName, CancellationToken cancellationToken) => inner.ListTablesAsync(namespaceName, cancellationToken);

    public Task<Table?> TryLoadTableAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        Load();
        return inner.TryLoadTableAsync(identifier, cancellationToken);
    }

    public Task<Table> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken) => inner.CreateTableAsync(identifier, creation, cancellationToken);

    public Task<bool> DropTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) => inner.DropTableAsync(identifier, cancellationToken);

    public Task<Table?> TrySwapAsync(Table baseTable, TableMetadata updated, CancellationToken cancellationToken)
    {
        Swaps++;
        return Swap(baseTable, updated);
    }
}
