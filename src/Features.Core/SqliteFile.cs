using Microsoft.Data.Sqlite;

namespace Features.Core;

/// <summary>A SQLite file that several processes share: WAL, every commit on disk before it is answered (synchronous=FULL), writers queue for up to 30 s.</summary>
internal sealed class SqliteFile
{
    private const int WaitSeconds = 30;
    private const int SqliteBusy = 5;
    private const int SqliteLocked = 6;
    private const int SqliteIoError = 10;
    private const int SqliteFull = 13;
    private const int SqliteNotADatabase = 26;
    private readonly string path;
    private readonly string connectionString;
    private readonly string schema;
    private readonly Lock creating = new();
    private bool isCreated;

    /// <summary>Names the file; it and its folder are created on first use. <paramref name="schema"/> is run once and must be repeatable.</summary>
    public SqliteFile(string path, string schema)
    {
        this.path = Path.GetFullPath(path);
        this.schema = schema;
        connectionString = new SqliteConnectionStringBuilder { DataSource = this.path, DefaultTimeout = WaitSeconds }.ToString();
    }

    /// <summary>Runs <paramref name="work"/> in one write transaction that no other writer interleaves with (BEGIN IMMEDIATE).</summary>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, SqliteTransaction, T> work, CancellationToken cancellationToken) => RunAsync(
        connection =>
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            var result = work(connection, transaction);
            transaction.Commit();
            return result;
        },
        cancellationToken);

    /// <summary>Runs <paramref name="work"/> on one consistent state of the file.</summary>
    public Task<T> ReadAsync<T>(Func<SqliteConnection, SqliteTransaction, T> work, CancellationToken cancellationToken) => RunAsync(
        connection =>
        {
            using var transaction = connection.BeginTransaction(deferred: true);
            return work(connection, transaction);
        },
        cancellationToken);

    private async Task<T> RunAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken)
    {
        try
        {
            // SQLite's calls block, a commit for the length of an fsync.
            return await Task.Run(
                () =>
                {
                    Create();
                    using var connection = Open();
                    return work(connection);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteException fault)
        {
            throw Explain(fault);
        }
        catch (IOException fault)
        {
            throw new StateStoreException(path, fault.Message, "make room or correct the folder's permissions", isTransient: true, fault);
        }
    }

    private void Create()
    {
        lock (creating)
        {
            if (isCreated)
            {
                return;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var connection = Open();
            using var wal = connection.CreateCommand();
            wal.CommandText = "PRAGMA journal_mode=WAL";
            wal.ExecuteNonQuery();
            using var transaction = connection.BeginTransaction(deferred: false);
            using var create = connection.CreateCommand();
            create.Transaction = transaction;
            create.CommandText = schema;
            create.ExecuteNonQuery();
            transaction.Commit();
            isCreated = true;
        }
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var pragma = connection.CreateCommand();
        pragma.CommandText = $"PRAGMA synchronous=FULL; PRAGMA busy_timeout={WaitSeconds * 1000}";
        pragma.ExecuteNonQuery();
        return connection;
    }

    private StateStoreException Explain(SqliteException fault) => fault.SqliteErrorCode switch
    {
        SqliteFull => new(path, "the disk is full", "free some space and repeat", isTransient: true, fault),
        SqliteBusy or SqliteLocked => new(path, $"another process held it for more than {WaitSeconds} s", "repeat when it has finished", isTransient: true, fault),
        SqliteIoError => new(path, $"reading or writing failed ({fault.Message})", "check the disk and repeat", isTransient: true, fault),
        SqliteNotADatabase => new(path, "it is not a SQLite database", "move it away or restore it from a backup", isTransient: false, fault),
        _ => new(path, fault.Message, "check the file and its permissions", isTransient: false, fault),
    };
}
