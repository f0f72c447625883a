namespace Features.Iceberg.Storage;

/// <summary>Work that several callers want at once is done once; it is cancelled when the last of them has gone.</summary>
internal sealed class SharedTasks<T>
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = [];

    /// <summary>The result of the work under way for this key, or of this work.</summary>
    public async Task<T> RunAsync(string key, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
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
            return await entry.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Leave(key, entry);
        }
    }

    private void Leave(string key, Entry entry)
    {
        lock (gate)
        {
            if (--entry.Callers > 0)
            {
                return;
            }

            entries.Remove(key);
        }

        if (entry.Task.IsCompleted)
        {
            entry.Source.Dispose();
        }
        else
        {
            entry.Source.Cancel();
        }
    }

    private sealed record Entry(CancellationTokenSource Source, Task<T> Task)
    {
        public int Callers { get; set; }
    }
}
