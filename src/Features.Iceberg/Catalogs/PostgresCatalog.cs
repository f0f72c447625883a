using Features.Iceberg.Catalogs.Sql;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs;

/// <summary>A catalog in a PostgreSQL database, in the schema that PyIceberg, Java, Rust and Go share (V1; V0 is used as it is). For processes of many machines.</summary>
public sealed class PostgresCatalog : SqlCatalog
{
    private PostgresCatalog(PostgresDialect dialect, string name, string warehouse, IObjectStore storage, TimeProvider clock)
        : base(dialect, name, warehouse, storage, clock)
    {
    }

    /// <summary>Opens the catalog, creating its tables where missing. The caller disposes it.</summary>
    /// <param name="connectionString">As Npgsql takes it: <c>Host=…;Username=…;Password=…;Database=…</c>. The tables are looked for along the user's search path (key <c>Search Path</c>).</param>
    /// <param name="name">The name that clients load it by.</param>
    /// <param name="warehouse">The folder or URI under which tables are created.</param>
    /// <param name="storage">Where the tables' files lie.</param>
    /// <param name="clock">The clock of commits.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="StorageException">The database cannot be reached, or refuses the user or the tables.</exception>
    /// <exception cref="InvalidTableArgumentException">It is no connection string.</exception>
    public static async Task<PostgresCatalog> OpenAsync(
        string connectionString, string name, string warehouse, IObjectStore storage, TimeProvider clock, CancellationToken cancellationToken) =>
        new(await PostgresDialect.ConnectAsync(connectionString, cancellationToken).ConfigureAwait(false), name, warehouse, storage, clock);
}
