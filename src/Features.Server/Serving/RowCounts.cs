using System.Collections.Concurrent;

namespace Features.Server.Serving;

/// <summary>The rows of each part of a pinned selection, counted once and remembered: what is pinned never changes.</summary>
internal sealed class RowCounts
{
    private const int MaxRemembered = 1_000;
    private readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyList<long>>>> remembered = new(StringComparer.Ordinal);

    /// <summary>The counts, if they were counted before; null else.</summary>
    public IReadOnlyList<long>? Find(string selection) =>
        remembered.TryGetValue(selection, out var counts) && counts is { IsValueCreated: true, Value.IsCompletedSuccessfully: true } ? counts.Value.Result : null;

    /// <summary>The counts. Those who ask at a time share one counting, which goes on when one of them leaves; one that failed is not remembered.</summary>
    public async Task<IReadOnlyList<long>> GetAsync(string selection, Func<Task<IReadOnlyList<long>>> count, CancellationToken cancellationToken)
    {
        if (remembered.Count >= MaxRemembered)
        {
            remembered.Clear();
        }

        var counting = remembered.GetOrAdd(selection, _ => new Lazy<Task<IReadOnlyList<long>>>(() => Task.Run(count, CancellationToken.None)));
        try
        {
            return await counting.Value.WaitAsync(cancellationToken);
        }
        catch when (counting.Value.IsFaulted || counting.Value.IsCanceled)
        {
            remembered.TryRemove(KeyValuePair.Create(selection, counting));
            throw;
        }
    }
}
