using Features.Iceberg.Catalogs.Sql;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Catalogs;

/// <summary>A catalog in one SQLite file, in the schema that PyIceberg, Java, Rust and Go share (V1; V0 is used as it is). Safe for several processes.</summary>
/// <param name="path">The SQLite file; it and its tables are created where missing.</param>
/// <param name="name">The name that clients load it by.</param>
/// <param name="warehouse">The folder or URI under which tables are created.</param>
/// <param name="storage">Where the tables' files lie.</param>
/// <param name="clock">The clock of commits.</param>
/// <exception cref="StorageException">The file cannot be opened, or is no SQLite database.</exception>
public sealed class SqliteCatalog(string path, string name, string warehouse, IObjectStore storage, TimeProvider clock)
    : SqlCatalog(new SqliteDialect(path), name, warehouse, storage, clock);
