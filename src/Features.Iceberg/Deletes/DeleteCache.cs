namespace Features.Iceberg.Deletes;

/// <summary>What was read of delete files that many data files share: read once, kept within a budget, the longest unused dropped first.</summary>
internal sealed class DeleteCache(long budgetBytes)
{
    private readonly Lock entries = new();
    private readonly Dictionary<string, Entry> byKey = [];
    private long bytes;
    private long clock;

    /// <summary>The value of a key. Whoever comes while another loads it waits; if that one fails or is cancelled, the next loads it with its own token.</summary>
    public async Task<T> GetAsync<T>(string key, Func<Task<(T Value, long Bytes)>> load, CancellationToken cancellationToken)
        where T : class
    {
        Entry entry;
        lock (entries)
        {
            if (!byKey.TryGetValue(key, out entry!))
            {
                byKey.Add(key, entry = new Entry());
            }

            entry.LastUsed = ++clock;
        }

        if (entry.Value is T standing)
        {
            return standing;
        }

        await entry.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (entry.Value is T loaded)
            {
                return loaded;
            }

            var (value, size) = await load().ConfigureAwait(false);
            Keep(entry, value, size);
            return value;
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    private void Keep(Entry entry, object value, long size)
    {
        lock (entries)
        {
            (entry.Value, entry.Bytes) = (value, size);
            bytes += size;
            foreach (var oldest in bytes > budgetBytes ? byKey.Values.Where(e => e.Value is not null).OrderBy(e => e.LastUsed).ToList() : [])
            {
                if (bytes <= budgetBytes)
                {
                    break;
                }

                bytes -= oldest.Bytes;
                (oldest.Value, oldest.Bytes) = (null, 0);
            }
        }
    }

    private sealed class Entry
    {
        private volatile object? value;

        public SemaphoreSlim Gate { get; } = new(1);

        public object? Value
        {
            get => value;
            set => this.value = value;
        }

        public long Bytes { get; set; }

        public long LastUsed { get; set; }
    }
}
