namespace Features.Iceberg.Storage;

/// <summary>Work that several callers want at once is done once; it is cancelled when the last of them has gone.</summary>
/// <typeparam name="T">What the work gives: held while any of its callers is at it, then disposed.</typeparam>
internal sealed class SharedTasks<T>
    where T : class, IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = [];

    /// <summary>What <paramref name="use"/> makes of the result of the work under way for this key, or of this work.</summary>
    public async Task<TUse> RunAsync<TUse>(string key, Func<CancellationToken, Task<T?>> work, Func<T?, TUse> use, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (gate)
        {
            if (!entries.TryGetValue(key, out entry!))
            {
                var source = new CancellationTokenSource();
                entries[key] = entry = new Entry(source, Task.Run(() => work(source.Token), CancellationToken.None));
            }

            entry.Callers++;
        }

        try
        {
            return use(await entry.Task.WaitAsync(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            await LeaveAsync(key, entry).ConfigureAwait(false);
        }
    }

    private async Task LeaveAsync(string key, Entry entry)
    {
        lock (gate)
        {
            if (--entry.Callers > 0)
            {
                return;
            }

            entries.Remove(key);
        }

        if (!entry.Task.IsCompleted)
        {
            await entry.Source.CancelAsync().ConfigureAwait(false);
            _ = entry.Task.ContinueWith(DisposeAsync, CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            return;
        }

        entry.Source.Dispose();
        if (entry.Task.IsCompletedSuccessfully)
        {
            await DisposeAsync(entry.Task).ConfigureAwait(false);
        }
    }

    private static async Task DisposeAsync(Task<T?> done)
    {
        if (await done.ConfigureAwait(false) is { } result)
        {
            await result.DisposeAsync().ConfigureAwait(false);
        }
    }

    private sealed record Entry(CancellationTokenSource Source, Task<T?> Task)
    {
        public int Callers { get; set; }
    }
}
