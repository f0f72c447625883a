using System.Collections.Concurrent;
using Features.Iceberg.Storage;

namespace Features.Server.Workspaces;

/// <summary>
/// Stores by prefix of location, the longest first, over one for everything else: a catalog gives credentials table by table, and whoever reads a table's files later has only their locations.
/// </summary>
internal sealed class PrefixStores(IObjectStore others) : IObjectStore, IDisposable
{
    private readonly ConcurrentDictionary<string, Route> routes = new(StringComparer.Ordinal);

    /// <summary>Serves what lies below the prefix by a store of these properties, unless it is already. An earlier store is let go of and not disposed: streams of it may be in use, and a catalog gives new credentials with every loading of a table.</summary>
    public void Add(string prefix, IReadOnlyDictionary<string, string> properties, Func<SchemeObjectStore> open)
    {
        var canonical = Location.Canonical(prefix);
        if (routes.TryGetValue(canonical, out var known) && known.Properties.Count == properties.Count && !known.Properties.Except(properties).Any())
        {
            return;
        }

        routes[canonical] = new Route(properties, open());
    }

    public Task<Stream> OpenReadAsync(string location, CancellationToken cancellationToken) => Of(location).OpenReadAsync(location, cancellationToken);

    public Task<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => Of(location).CreateAsync(location, cancellationToken);

    public Task<ObjectInfo?> StatAsync(string location, CancellationToken cancellationToken) => Of(location).StatAsync(location, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) => Of(prefix).ListAsync(prefix, cancellationToken);

    public Task<bool> DeleteAsync(string location, CancellationToken cancellationToken) => Of(location).DeleteAsync(location, cancellationToken);

    public void Dispose()
    {
        foreach (var route in routes.Values)
        {
            route.Store.Dispose();
        }
    }

    private IObjectStore Of(string location)
    {
        if (routes.IsEmpty)
        {
            return others;
        }

        var canonical = Location.Canonical(location);
        for (var end = canonical.Length; end > 0; end = canonical.LastIndexOf('/', end - 1))
        {
            if (routes.TryGetValue(canonical[..end], out var route))
            {
                return route.Store;
            }
        }

        return others;
    }

    private sealed record Route(IReadOnlyDictionary<string, string> Properties, SchemeObjectStore Store);
}
