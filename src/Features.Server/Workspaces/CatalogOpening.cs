using Features.Iceberg.Catalogs;
using Features.Iceberg.Storage;

namespace Features.Server.Workspaces;

/// <summary>Opens the catalog that a workspace's file names.</summary>
internal static class CatalogOpening
{
    /// <param name="config">Key <c>catalog</c>, without faults.</param>
    /// <param name="root">The workspace's folder, which relative paths start from.</param>
    /// <param name="storage">Where the tables' files lie.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="Iceberg.IcebergException">The catalog cannot be reached, or refuses the workspace.</exception>
    public static async Task<ICatalog> OpenAsync(
        CatalogConfig config, string root, WorkspaceStorage storage, TimeProvider clock, CancellationToken cancellationToken) => config.Type switch
        {
            "postgres" => await PostgresCatalog.OpenAsync(config.Connection!, config.Name, WorkspaceStorage.Locate(root, config.Warehouse), storage.Objects, clock, cancellationToken),
            "rest" => await RestCatalog.OpenAsync(Rest(config), storage.StoreOf, clock, cancellationToken),
            "hadoop" => new HadoopCatalog(WorkspaceStorage.Locate(root, config.Warehouse), config.Name, storage.Objects, clock),
            _ => Sqlite(config, root, storage.Objects, clock),
        };

    /// <summary>The embedded default.</summary>
    public static SqliteCatalog Sqlite(CatalogConfig config, string root, IObjectStore storage, TimeProvider clock) =>
        new(Path.GetFullPath(config.Path, root), config.Name, WorkspaceStorage.Locate(root, config.Warehouse), storage, clock);

    private static RestCatalogOptions Rest(CatalogConfig config)
    {
        var options = new RestCatalogOptions
        {
            Uri = new Uri(config.Uri!),
            Name = config.Name,
            // The default is a folder's name, which no server knows.
            Warehouse = config.Warehouse == CatalogConfig.DefaultWarehouse ? null : config.Warehouse,
            Credential = config.Credential,
            Token = config.Token,
            OAuth2ServerUri = config.OAuth2ServerUri is { } server ? new Uri(server) : null,
            Headers = config.Headers ?? [],
        };
        return config.Scope is { } scope ? options with { Scope = scope } : options;
    }
}
