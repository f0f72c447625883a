using System.Runtime.CompilerServices;
using Features.Core.Online;

namespace Features.Core.Tests.Online;

/// <summary>The online store as plainly as it can be: what properties run over thousands of times.</summary>
internal sealed class MemoryStore : IOnlineStore
{
    private readonly SortedDictionary<string, byte[]> entries = new(StringComparer.Ordinal);

    /// <summary>Called before each update; throws to play a crash.</summary>
    public Action Updating { get; set; } = () => { };

    public int Count => entries.Count;

    public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>?>> GetAsync(IReadOnlyList<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken)
    {
        lock (entries)
        {
            return ValueTask.FromResult<IReadOnlyList<ReadOnlyMemory<byte>?>>([.. keys.Select(Find)]);
        }
    }

    public Task UpdateAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> keys, Func<IReadOnlyList<ReadOnlyMemory<byte>?>, IReadOnlyList<ReadOnlyMemory<byte>?>> change, CancellationToken cancellationToken)
    {
        Updating();
        lock (entries)
        {
            var changed = change([.. keys.Select(Find)]);
            for (var i = 0; i < keys.Count; i++)
            {
                _ = entries.Remove(Name(keys[i]));
                if (changed[i] is { } value)
                {
                    entries[Name(keys[i])] = value.ToArray();
                }
            }
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> ScanAsync(ReadOnlyMemory<byte> prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var (key, value) in entries.Where(e => e.Key.StartsWith(Name(prefix), StringComparison.Ordinal)).ToList())
        {
            yield return new(Convert.FromHexString(key), value);
        }
    }

    public Task RemoveAsync(ReadOnlyMemory<byte> prefix, CancellationToken cancellationToken)
    {
        Updating();
        foreach (var key in entries.Keys.Where(k => k.StartsWith(Name(prefix), StringComparison.Ordinal)).ToList())
        {
            entries.Remove(key);
        }

        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ReadOnlyMemory<byte>? Find(ReadOnlyMemory<byte> key) => entries.TryGetValue(Name(key), out var value) ? value : default(ReadOnlyMemory<byte>?);

    private static string Name(ReadOnlyMemory<byte> key) => Convert.ToHexString(key.Span);
}
