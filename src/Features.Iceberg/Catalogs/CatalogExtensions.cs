namespace Features.Iceberg.Catalogs;

/// <summary>What follows from the verbs of <see cref="ICatalog"/>.</summary>
public static class CatalogExtensions
{
    private static readonly Dictionary<string, string> NoProperties = [];

    /// <summary>Creates a namespace without properties; false if it existed.</summary>
    /// <exception cref="NotFoundException">The catalog wants the levels above it to exist, and one does not.</exception>
    public static Task<bool> CreateNamespaceAsync(this ICatalog catalog, string name, CancellationToken cancellationToken) =>
        catalog.CreateNamespaceAsync(name, NoProperties, cancellationToken);

    /// <summary>True if a namespace of this name exists.</summary>
    public static async Task<bool> NamespaceExistsAsync(this ICatalog catalog, string name, CancellationToken cancellationToken) =>
        await catalog.TryLoadNamespaceAsync(name, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Loads a table that must exist.</summary>
    /// <exception cref="NotFoundException">There is none of this name.</exception>
    public static async Task<Table> LoadTableAsync(this ICatalog catalog, TableIdentifier identifier, CancellationToken cancellationToken) =>
        await catalog.TryLoadTableAsync(identifier, cancellationToken).ConfigureAwait(false) ?? throw CatalogFaults.NoTable(identifier, catalog.Name);
}
