using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Features.Iceberg.Catalogs.Sql;

/// <summary>One SQLite file, for several processes of one machine.</summary>
internal sealed class SqliteDialect : SqlDialect
{
    // Result codes after which nothing was written: busy, locked, no memory, read-only, full, cannot open, constraint, not a database.
    private static readonly HashSet<int> RefusedBeforeWriting = [5, 6, 7, 8, 13, 14, 19, 26];

    private readonly string connectionString;

    /// <exception cref="StorageException">The file cannot be opened, or is no SQLite database.</exception>
    public SqliteDialect(string path)
    {
        Place = path;
        // The default timeout is also how long SQLite waits for another process's lock.
        connectionString = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 30 }.ToString();
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            using var connection = Open();
            using var command = connection.CreateCommand();
            // Readers and one writer at a time then never block each other, across processes.
            command.CommandText = "PRAGMA journal_mode = WAL;" + Schema;
            command.ExecuteNonQuery();
            command.CommandText = "SELECT count(*) FROM pragma_table_info('iceberg_tables') WHERE name = 'iceberg_type'";
            HasType = (long)command.ExecuteScalar()! > 0;
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StorageException(path, $"the catalog cannot be opened: {error.Message}", Remedy, error is SqliteException busy && IsTransient(busy), error);
        }
    }

    public override string Place { get; }

    public override string Remedy => "check that it is an SQLite file on a local disk with room, writable, and not held by another program";

    public override Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<DbConnection>(Open());
    }

    public override bool WasRefused(DbException fault) => RefusedBeforeWriting.Contains(CodeOf(fault));

    public override bool IsTransient(DbException fault) => CodeOf(fault) is 5 or 6;

    public override bool IsDuplicate(DbException fault) => CodeOf(fault) == 19;

    public override void Dispose()
    {
        using var connection = new SqliteConnection(connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            connection.Open();
            // A commit that was answered survives a power cut: the inbox forgets a batch on the strength of it.
            using var durable = connection.CreateCommand();
            durable.CommandText = "PRAGMA synchronous = FULL";
            durable.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static int CodeOf(DbException fault) => (fault as SqliteException)?.SqliteErrorCode ?? 0;
}
