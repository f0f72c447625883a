using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Features.DuckDb.Queries;

/// <summary>One connection of a DuckDB instance. One call at a time; a call runs on the thread pool and its cancellation interrupts the engine.</summary>
internal sealed class EngineConnection : IAsyncDisposable
{
    private const int InterruptMilliseconds = 20;
    private readonly DuckDBConnection connection;

    private EngineConnection(DuckDBConnection connection) => this.connection = connection;

    internal DuckDBNativeConnection Native => connection.NativeConnection;

    /// <summary>Opens a new instance, in memory, without extensions from the network, in UTC.</summary>
    internal static EngineConnection OpenInstance()
    {
        var connection = new DuckDBConnection("DataSource=:memory:;autoinstall_known_extensions=false;autoload_known_extensions=false");
        connection.Open();
        return InUtc(connection);
    }

    /// <summary>Opens another connection of the same instance.</summary>
    internal EngineConnection Duplicate()
    {
        var duplicate = connection.Duplicate();
        if (duplicate.State != System.Data.ConnectionState.Open)
        {
            duplicate.Open();
        }

        return InUtc(duplicate);
    }

    /// <summary>Runs statements of our own. Blocks.</summary>
    /// <exception cref="EngineFault">The engine refused or failed.</exception>
    internal void Execute(string sql)
    {
        var state = NativeMethods.Query.DuckDBQuery(Native, sql, out var result);
        try
        {
            if (state != DuckDBState.Success)
            {
                throw EngineFault.From(NativeMethods.Query.DuckDBResultError(ref result));
            }
        }
        finally
        {
            NativeMethods.Query.DuckDBDestroyResult(ref result);
        }
    }

    /// <summary>Runs a SELECT of our own and gives each row to a reader. Blocks.</summary>
    internal List<T> Read<T>(string sql, Func<System.Data.Common.DbDataReader, T> read)
    {
        try
        {
            using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Only statements that this project builds, with names and literals quoted by SqlText.
            command.CommandText = sql;
#pragma warning restore CA2100
            using var reader = command.ExecuteReader();
            var rows = new List<T>();
            while (reader.Read())
            {
                rows.Add(read(reader));
            }

            return rows;
        }
        catch (DuckDBException fault)
        {
            throw EngineFault.From(fault.Message);
        }
    }

    /// <summary>Runs engine work off the caller's thread; cancelling interrupts it.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(
                async () =>
                {
                    // Repeated, because an interrupt that falls between two statements is forgotten by the engine.
                    var repeat = new Timer(static c => NativeMethods.Startup.DuckDBInterrupt((DuckDBNativeConnection)c!), Native, Timeout.Infinite, Timeout.Infinite);
                    await using var stopped = repeat.ConfigureAwait(false);
                    using var interrupt = cancellationToken.UnsafeRegister(static t => ((Timer)t!).Change(0, InterruptMilliseconds), repeat);
                    return work();
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (EngineFault fault) when (fault.IsInterrupt && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("the query was cancelled", fault, cancellationToken);
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    internal Task RunAsync(Action work, CancellationToken cancellationToken) => RunAsync<object?>(
        () =>
        {
            work();
            return null;
        },
        cancellationToken);

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static EngineConnection InUtc(DuckDBConnection connection)
    {
        var opened = new EngineConnection(connection);
        opened.Execute("SET TimeZone = 'UTC'");
        return opened;
    }
}
