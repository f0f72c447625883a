using System.Data.Common;
using Npgsql;

namespace Features.Iceberg.Catalogs.Sql;

/// <summary>A PostgreSQL database, for processes of many machines.</summary>
internal sealed class PostgresDialect : SqlDialect
{
    // Any number will do, as long as every process of this library takes the same.
    private const long SchemaLock = 0x1CEB_E26_CA7A;

    private const string TablesFound = "SELECT to_regclass('iceberg_tables') IS NOT NULL AND to_regclass('iceberg_namespace_properties') IS NOT NULL";

    private readonly NpgsqlDataSource source;

    private PostgresDialect(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        Place = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"postgresql://{settings.Host}:{settings.Port}/{settings.Database}");
        source = NpgsqlDataSource.Create(settings);
    }

    public override string Place { get; }

    public override string Remedy => "check that the server runs and is reachable, and that the user may read and write the tables 'iceberg_tables' and 'iceberg_namespace_properties'";

    /// <exception cref="StorageException">The database cannot be reached, or refuses the user or the schema.</exception>
    /// <exception cref="InvalidTableArgumentException">It is no connection string.</exception>
    public static async Task<PostgresDialect> ConnectAsync(string connectionString, CancellationToken cancellationToken)
    {
        PostgresDialect dialect;
        try
        {
            dialect = new PostgresDialect(connectionString);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new InvalidTableArgumentException($"the connection string of the PostgreSQL catalog is not valid ({fault.Message}); write it as 'Host=…;Username=…;Password=…;Database=…'");
        }

        try
        {
            await dialect.PrepareAsync(cancellationToken).ConfigureAwait(false);
            return dialect;
        }
        catch (DbException fault)
        {
            dialect.Dispose();
            throw new StorageException(dialect.Place, $"the catalog cannot be opened: {fault.Message}", dialect.Remedy, fault.IsTransient, fault);
        }
        catch
        {
            dialect.Dispose();
            throw;
        }
    }

    public override async Task<DbConnection> OpenAsync(CancellationToken cancellationToken) => await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>An error that the server answered with rolls its statement back, but for those that end the session: they may come when the commit is done. What broke without an answer tells nothing.</summary>
    public override bool WasRefused(DbException fault) => fault is PostgresException { SqlState: { } state }
        && !state.StartsWith("08", StringComparison.Ordinal)
        && !state.StartsWith("57P", StringComparison.Ordinal)
        && !state.StartsWith("XX", StringComparison.Ordinal)
        && state != PostgresErrorCodes.StatementCompletionUnknown;

    public override bool IsTransient(DbException fault) => fault.IsTransient;

    public override bool IsDuplicate(DbException fault) => fault is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    /// <summary>A server that was started anew has forgotten every session, and an idle connection does not know.</summary>
    public override bool TryRenew(DbException fault)
    {
        if (WasRefused(fault))
        {
            return false;
        }

        source.Clear();
        return true;
    }

    public override void Dispose() => source.Dispose();

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // A user who may not create tables can still use those that stand.
            if (!await IsTrueAsync(connection, TablesFound, cancellationToken).ConfigureAwait(false))
            {
                await MakeTablesAsync(connection, cancellationToken).ConfigureAwait(false);
            }

            HasType = await IsTrueAsync(
                connection,
                "SELECT EXISTS(SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('iceberg_tables') AND attname = 'iceberg_type' AND NOT attisdropped)",
                cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task MakeTablesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            // IF NOT EXISTS alone lets two clients that come at once collide in the server's own tables.
            await RunAsync(connection, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({SchemaLock})"), cancellationToken).ConfigureAwait(false);
            await RunAsync(connection, Schema, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<bool> IsTrueAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = sql;
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }
}
