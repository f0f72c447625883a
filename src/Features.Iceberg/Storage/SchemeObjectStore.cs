namespace Features.Iceberg.Storage;

/// <summary>Routes each location to the store of its scheme; a plain path counts as <c>file</c>. A store is opened when its first location comes. Disposing disposes the stores that were opened.</summary>
public sealed class SchemeObjectStore : IObjectStore, IDisposable
{
    private readonly Dictionary<string, Lazy<IObjectStore>> stores = new(StringComparer.Ordinal);

    /// <summary>Routes to the given stores; several schemes may share one.</summary>
    /// <exception cref="InvalidTableArgumentException">A scheme is named twice.</exception>
    public SchemeObjectStore(IEnumerable<(IReadOnlyList<string> Schemes, Func<IObjectStore> Open)> stores)
    {
        foreach (var (schemes, open) in stores)
        {
            var store = new Lazy<IObjectStore>(open);
            foreach (var scheme in schemes)
            {
                if (!this.stores.TryAdd(scheme, store))
                {
                    throw new InvalidTableArgumentException($"the scheme '{scheme}' is routed twice; name one store for it");
                }
            }
        }
    }

    /// <inheritdoc/>
    public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken) => Of(location).OpenReadAsync(location, cancellationToken);

    /// <inheritdoc/>
    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => Of(location).CreateAsync(location, cancellationToken);

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken) => Of(location).StatAsync(location, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) => Of(prefix).ListAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken) => Of(location).DeleteAsync(location, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var store in stores.Values.Distinct().Where(store => store.IsValueCreated))
        {
            (store.Value as IDisposable)?.Dispose();
        }
    }

    private IObjectStore Of(string location)
    {
        var scheme = Location.SchemeOf(location) ?? "file";
        return stores.TryGetValue(scheme, out var store) ? store.Value : throw new StorageException(
            location, $"no store is known for '{scheme}:'", $"the known ones are {string.Join(", ", stores.Keys.Order(StringComparer.Ordinal))}; or relocate its prefix to where the files lie", false);
    }
}
