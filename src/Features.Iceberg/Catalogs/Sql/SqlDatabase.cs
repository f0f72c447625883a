using System.Data.Common;

namespace Features.Iceberg.Catalogs.Sql;

/// <summary>Runs statements on connections of their own. Every statement has the parameter <c>@catalog</c>.</summary>
internal sealed class SqlDatabase(SqlDialect dialect, string catalog) : IDisposable
{
    private const string Unread = "the catalog cannot be read";

    public SqlDialect Dialect => dialect;

    /// <summary>All rows.</summary>
    /// <exception cref="StorageException">The database cannot be read.</exception>
    public async Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<DbDataReader, T> row, CancellationToken cancellationToken, params (string Name, string Value)[] parameters)
    {
        try
        {
            try
            {
                return await ReadOnceAsync(sql, row, parameters, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException lost) when (dialect.TryRenew(lost))
            {
                return await ReadOnceAsync(sql, row, parameters, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (DbException error)
        {
            throw Failed(Unread, error);
        }
    }

    /// <summary>Runs one statement as a transaction of its own; returns how many rows it changed. Once sent it is not cancelled, since then nobody could tell its outcome.</summary>
    /// <exception cref="StorageException">It was refused, and nothing was changed.</exception>
    /// <exception cref="DbException">Whether it took place is not known.</exception>
    public Task<int> WriteAsync(string fault, string sql, CancellationToken cancellationToken, params (string Name, string Value)[] parameters) =>
        WriteAsync(fault, isAtomic: false, run => run(sql, parameters), cancellationToken);

    /// <summary>Runs statements as one transaction.</summary>
    /// <inheritdoc cref="WriteAsync(string, string, CancellationToken, ValueTuple{string, string}[])"/>
    public Task<int> WriteAllAsync(string fault, Func<Run, Task<int>> statements, CancellationToken cancellationToken) =>
        WriteAsync(fault, isAtomic: true, statements, cancellationToken);

    /// <summary>As <see cref="WriteAsync(string, string, CancellationToken, ValueTuple{string, string}[])"/>, where doing it twice does no harm.</summary>
    /// <exception cref="StorageException">It failed.</exception>
    public async Task<T> ExplainedAsync<T>(string fault, Func<Task<T>> write)
    {
        try
        {
            return await write().ConfigureAwait(false);
        }
        catch (DbException error)
        {
            throw Failed(fault, error);
        }
    }

    public StorageException Failed(string fault, DbException error) => new(dialect.Place, $"{fault}: {error.Message}", dialect.Remedy, dialect.IsTransient(error), error);

    public void Dispose() => dialect.Dispose();

    /// <summary>Runs one statement of a transaction; returns how many rows it changed.</summary>
    internal delegate Task<int> Run(string sql, params (string Name, string Value)[] parameters);

    private async Task<IReadOnlyList<T>> ReadOnceAsync<T>(string sql, Func<DbDataReader, T> row, (string Name, string Value)[] parameters, CancellationToken cancellationToken)
    {
        var connection = await dialect.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var command = Prepare(connection, null, sql, parameters);
            await using (command.ConfigureAwait(false))
            {
                var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    var rows = new List<T>();
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        rows.Add(row(reader));
                    }

                    return rows;
                }
            }
        }
    }

    private async Task<int> WriteAsync(string fault, bool isAtomic, Func<Run, Task<int>> statements, CancellationToken cancellationToken)
    {
        DbConnection connection;
        try
        {
            connection = await dialect.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DbException refused)
        {
            throw Failed(fault, refused);
        }

        await using (connection.ConfigureAwait(false))
        {
            try
            {
                var transaction = isAtomic ? await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false) : null;
                await using ((transaction ?? (IAsyncDisposable)NoTransaction.Instance).ConfigureAwait(false))
                {
                    var changed = await statements(async (sql, parameters) =>
                    {
                        var command = Prepare(connection, transaction, sql, parameters);
                        await using (command.ConfigureAwait(false))
                        {
                            return await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
                        }
                    }).ConfigureAwait(false);
                    await (transaction?.CommitAsync(CancellationToken.None) ?? Task.CompletedTask).ConfigureAwait(false);
                    return changed;
                }
            }
            catch (DbException refused) when (dialect.WasRefused(refused) && !dialect.IsDuplicate(refused))
            {
                throw Failed(fault, refused);
            }
        }
    }

    private DbCommand Prepare(DbConnection connection, DbTransaction? transaction, string sql, (string Name, string Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // The text is put together from constants of this folder; every value is a parameter.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters.Prepend(("@catalog", catalog)))
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private sealed class NoTransaction : IAsyncDisposable
    {
        public static readonly NoTransaction Instance = new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
