using Microsoft.Data.Sqlite;

namespace Features.Iceberg.Catalogs;

/// <summary>The two tables of the shared SQL catalog schema, and the statements over them. Each call is one short transaction on a connection of its own.</summary>
internal sealed class SqliteTables : IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS iceberg_tables(catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, table_name VARCHAR(255) NOT NULL,
          metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), iceberg_type VARCHAR(5), PRIMARY KEY(catalog_name, table_namespace, table_name));
        CREATE TABLE IF NOT EXISTS iceberg_namespace_properties(catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL,
          property_key VARCHAR(255) NOT NULL, property_value VARCHAR(1000) NOT NULL, PRIMARY KEY(catalog_name, namespace, property_key));
        """;

    private const string Unread = "the catalog cannot be read";

    private const string Key = "catalog_name = $catalog AND table_namespace = $namespace AND table_name = $name";

    private readonly string path;
    private readonly string catalog;
    private readonly string connectionString;
    private string isTable = "(iceberg_type = 'TABLE' OR iceberg_type IS NULL)";
    private bool hasType = true;

    private SqliteTables(string path, string catalog)
    {
        this.path = path;
        this.catalog = catalog;
        // The default timeout is also how long SQLite waits for another process's lock.
        connectionString = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 30 }.ToString();
    }

    public static SqliteTables Open(string path, string catalog)
    {
        var tables = new SqliteTables(path, catalog);
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            using var connection = tables.Connect();
            using var command = connection.CreateCommand();
            // Readers and one writer at a time then never block each other, across processes.
            command.CommandText = "PRAGMA journal_mode = WAL;" + Schema;
            command.ExecuteNonQuery();
            command.CommandText = "SELECT count(*) FROM pragma_table_info('iceberg_tables') WHERE name = 'iceberg_type'";
            if ((long)command.ExecuteScalar()! == 0)
            {
                tables.hasType = false; // V0: other clients may rely on it, so it is used as it is.
                tables.isTable = "1 = 1";
            }

            return tables;
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw tables.Failed("the catalog cannot be opened", error);
        }
    }

    public bool AddNamespace(string name) => Explained("the namespace could not be added", () => Execute(
        """
        INSERT INTO iceberg_namespace_properties(catalog_name, namespace, property_key, property_value)
        SELECT $catalog, $namespace, 'exists', 'true'
        WHERE NOT EXISTS (SELECT 1 FROM iceberg_namespace_properties WHERE catalog_name = $catalog AND namespace = $namespace)
        ON CONFLICT DO NOTHING
        """,
        ("$namespace", name)) == 1);

    public IReadOnlyList<TableIdentifier> List(string? namespaceName) => Explained(Unread, () =>
    {
        using var connection = Connect();
        using var command = Prepare(
            connection,
            $"""
            SELECT table_namespace, table_name FROM iceberg_tables
            WHERE catalog_name = $catalog AND {isTable} AND ($namespace IS NULL OR table_namespace = $namespace) ORDER BY 1, 2
            """,
            ("$namespace", namespaceName));
        using var reader = command.ExecuteReader();
        var found = new List<TableIdentifier>();
        while (reader.Read())
        {
            found.Add(new TableIdentifier(reader.GetString(0), reader.GetString(1)));
        }

        return found;
    });

    public string? FindLocation(TableIdentifier identifier) => Explained(Unread, () =>
    {
        using var connection = Connect();
        using var command = Prepare(connection, $"SELECT metadata_location FROM iceberg_tables WHERE {Key} AND {isTable}", Names(identifier));
        return command.ExecuteScalar() as string;
    });

    public bool IsTaken(TableIdentifier identifier) => Explained(Unread, () =>
    {
        using var connection = Connect();
        using var command = Prepare(connection, $"SELECT 1 FROM iceberg_tables WHERE {Key}", Names(identifier));
        return command.ExecuteScalar() is not null;
    });

    /// <exception cref="SqliteException">Whether it stands is the caller's to tell.</exception>
    public bool Insert(TableIdentifier identifier, string location) => Execute(
        $"""
        INSERT INTO iceberg_tables(catalog_name, table_namespace, table_name, metadata_location{(hasType ? ", iceberg_type" : "")})
        VALUES($catalog, $namespace, $name, $location{(hasType ? ", 'TABLE'" : "")}) ON CONFLICT DO NOTHING
        """,
        [.. Names(identifier), ("$location", location)]) == 1;

    /// <exception cref="SqliteException">Whether it took place is the caller's to tell.</exception>
    public bool Swap(TableIdentifier identifier, string expected, string location) => Execute(
        $"""
        UPDATE iceberg_tables SET metadata_location = $location, previous_metadata_location = $expected
        WHERE {Key} AND {isTable} AND metadata_location = $expected
        """,
        [.. Names(identifier), ("$location", location), ("$expected", expected)]) == 1;

    public bool Delete(TableIdentifier identifier) => Explained(
        "the table could not be dropped", () => Execute($"DELETE FROM iceberg_tables WHERE {Key} AND {isTable}", Names(identifier)) == 1);

    public StorageException Failed(string fault, Exception error) => new(
        path,
        $"{fault}: {error.Message}",
        "check that it is an SQLite file on a local disk with room, writable, and not held by another program",
        (error as SqliteException)?.SqliteErrorCode is 5 or 6,
        error);

    public void Dispose()
    {
        using var connection = new SqliteConnection(connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private T Explained<T>(string fault, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (SqliteException error)
        {
            throw Failed(fault, error);
        }
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        // A commit that was answered survives a power cut: the inbox forgets a batch on the strength of it.
        using var durable = connection.CreateCommand();
        durable.CommandText = "PRAGMA synchronous = FULL";
        durable.ExecuteNonQuery();
        return connection;
    }

    private int Execute(string sql, params (string Name, string? Value)[] parameters)
    {
        using var connection = Connect();
        using var command = Prepare(connection, sql, parameters);
        return command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(SqliteConnection connection, string sql, params (string Name, string? Value)[] parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is put together from constants of this class; every value is a parameter.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$catalog", catalog);
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, (object?)value ?? DBNull.Value);
        }

        return command;
    }

    private static (string Name, string? Value)[] Names(TableIdentifier identifier) => [("$namespace", identifier.Namespace), ("$name", identifier.Name)];
}
