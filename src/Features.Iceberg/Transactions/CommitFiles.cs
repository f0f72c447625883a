using Features.Iceberg.Storage;

namespace Features.Iceberg.Transactions;

/// <summary>The metadata files that the attempts of one transaction wrote, and what its actions keep from one attempt to the next.</summary>
internal sealed class CommitFiles(IObjectStore storage)
{
    private readonly HashSet<string> written = new(StringComparer.Ordinal);
    private readonly Dictionary<object, object> kept = new(ReferenceEqualityComparer.Instance);

    public void Add(string location) => written.Add(location);

    public T Keep<T>(object owner, Func<T> make)
        where T : class
    {
        if (!kept.TryGetValue(owner, out var value))
        {
            kept[owner] = value = make();
        }

        return (T)value;
    }

    /// <summary>Removes all files but those given: the ones that the attempt that succeeded refers to.</summary>
    public Task RemoveAllButAsync(IReadOnlySet<string> used) => Leftovers.RemoveAsync(storage, written.Where(l => !used.Contains(l)));
}
