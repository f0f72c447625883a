using System.Runtime.CompilerServices;

namespace Features.Core.Online;

/// <summary>
/// The online store in one SQLite file (docs/adr/0015): one table by key, write-ahead log, every step on disk before it is answered. Readers keep their connections and prepared statements, read by memory map,
/// and never wait for writers; writers of several processes queue for up to 30 s.
/// </summary>
public sealed class SqliteOnlineStore : IOnlineStore
{
    private const int ScanRows = 1_000;
    private const int RemoveRows = 5_000;
    private readonly string path;
    private readonly Stack<SqliteConnectionHandle> idle = [];
    private readonly Lock idleLock = new();
    private readonly SemaphoreSlim writing = new(1, 1);
    private SqliteConnectionHandle? writer;
    private bool isCreated;
    private bool isDisposed;

    /// <summary>Names the file; it and its folder are created on first use.</summary>
    public SqliteOnlineStore(string path) => this.path = Path.GetFullPath(path);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>?>> GetAsync(IReadOnlyList<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!Volatile.Read(ref isCreated))
        {
            await CreateAsync(cancellationToken).ConfigureAwait(false);
        }

        // On the caller's thread: what is asked for is in the page cache, and a hop to another thread takes longer than the reads.
        var connection = Rent();
        try
        {
            return connection.Get(keys);
        }
        finally
        {
            Return(connection);
        }
    }

    /// <inheritdoc/>
    public Task UpdateAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> keys, Func<IReadOnlyList<ReadOnlyMemory<byte>?>, IReadOnlyList<ReadOnlyMemory<byte>?>> change, CancellationToken cancellationToken) =>
        WriteAsync(connection => connection.Update(keys, change), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> ScanAsync(ReadOnlyMemory<byte> prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await CreateAsync(cancellationToken).ConfigureAwait(false);
        var (after, isAfter) = (prefix, false);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var connection = Rent();
            List<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> page;
            try
            {
                page = connection.Scan(prefix, after, isAfter, ScanRows);
            }
            finally
            {
                Return(connection);
            }

            foreach (var entry in page)
            {
                yield return entry;
            }

            if (page.Count < ScanRows)
            {
                yield break;
            }

            (after, isAfter) = (page[^1].Key, true);
        }
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken)
    {
        var removed = RemoveRows;
        while (removed == RemoveRows)
        {
            await WriteAsync(connection => removed = connection.Remove(prefix, RemoveRows), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await writing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            writer?.Dispose();
            writer = null;
            lock (idleLock)
            {
                isDisposed = true;
                while (idle.TryPop(out var connection))
                {
                    connection.Dispose();
                }
            }
        }
        finally
        {
            writing.Release();
        }
    }

    private Task CreateAsync(CancellationToken cancellationToken) => Volatile.Read(ref isCreated) ? Task.CompletedTask : WriteAsync(static _ => { }, cancellationToken);

    private async Task WriteAsync(Action<SqliteConnectionHandle> work, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // A commit blocks for the length of an fsync.
            await Task.Run(
                () =>
                {
                    ObjectDisposedException.ThrowIf(isDisposed, this);
                    writer ??= SqliteConnectionHandle.Create(path);
                    Volatile.Write(ref isCreated, true);
                    work(writer);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            writing.Release();
        }
    }

    private SqliteConnectionHandle Rent()
    {
        lock (idleLock)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (idle.TryPop(out var connection))
            {
                return connection;
            }
        }

        return SqliteConnectionHandle.Open(path);
    }

    private void Return(SqliteConnectionHandle connection)
    {
        lock (idleLock)
        {
            if (!isDisposed)
            {
                idle.Push(connection);
                return;
            }
        }

        connection.Dispose();
    }
}
