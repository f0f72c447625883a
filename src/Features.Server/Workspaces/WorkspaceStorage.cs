using System.Net;
using Features.Iceberg;
using Features.Iceberg.Azure;
using Features.Iceberg.S3;
using Features.Iceberg.Storage;

namespace Features.Server.Workspaces;

/// <summary>Where a workspace's tables lie: local files, S3 and Azure by the location's scheme, what is remote through a cache on disk, and all of it behind the workspace's location policy.</summary>
public sealed class WorkspaceStorage : IDisposable
{
    /// <summary>How the names of storage properties begin.</summary>
    internal static readonly string[] Prefixes = ["s3.", "client.", "adls."];

    // Credentials belong together: half of the catalog's and half of the workspace's open nothing.
    private static readonly string[][] Credentials =
    [
        ["s3.access-key-id", "s3.secret-access-key", "s3.session-token"],
        ["adls.connection-string", "adls.sas-token", "adls.account-key", "adls.auth.", "adls.tenant-id", "adls.client-"],
    ];

    private const string ConnectionString = "adls.connection-string";

    private readonly IReadOnlyDictionary<string, string> configured;
    private readonly SchemeObjectStore schemes;
    private readonly PrefixStores stores;

    private WorkspaceStorage(string root, WorkspaceConfig config, TimeProvider clock)
    {
        configured = config.Storage.Properties ?? [];
        schemes = Open(configured);
        stores = new PrefixStores(schemes);
        var options = new CacheOptions(Path.GetFullPath(config.Storage.Cache.Path, root))
        {
            BudgetBytes = (long)config.Storage.Cache.BudgetMb << 20,
            Store = configured.GetValueOrDefault("s3.endpoint") ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_S3") ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL") ?? "",
        };
        var cached = new CachedObjectStore(stores, options, clock);
        Objects = new GuardedObjectStore(cached, cached, PolicyOf(root, config));
    }

    /// <summary>The objects, also as local files.</summary>
    public GuardedObjectStore Objects { get; }

    /// <summary>Puts it together; a store is opened when its first location comes.</summary>
    internal static WorkspaceStorage Open(string root, WorkspaceConfig config, TimeProvider clock) => new(root, config, clock);

    /// <summary>
    /// The store of a table whose catalog gives properties with it, such as credentials: from now on everything below its location is reached with them, over those of the workspace. The
    /// workspace's policy holds as before, and where it is not open the catalog's endpoint may not lead into this machine's network unless it is the workspace's own, and no connection string counts,
    /// since it names an endpoint too.
    /// </summary>
    /// <exception cref="LocationNotAllowedException">The endpoint leads to where no catalog should send anyone.</exception>
    internal IObjectStore StoreOf(string location, IReadOnlyDictionary<string, string> properties)
    {
        var given = properties.Where(p => Prefixes.Any(prefix => p.Key.StartsWith(prefix, StringComparison.Ordinal))).ToDictionary();
        if (given.Count > 0 && location.Length > 0)
        {
            var endpoint = given.GetValueOrDefault("s3.endpoint");
            if (endpoint is not null && endpoint != configured.GetValueOrDefault("s3.endpoint") && !Objects.Policy.IsEverything
                && (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || PrivateHost.FaultOf(uri.Authority) is not null))
            {
                throw new LocationNotAllowedException(endpoint, "the catalog names an endpoint on this machine or its network", "if it is meant, set it as s3.endpoint under storage.properties");
            }

            if (given.GetValueOrDefault(ConnectionString) is { } connection && connection != configured.GetValueOrDefault(ConnectionString) && !Objects.Policy.IsEverything)
            {
                throw new LocationNotAllowedException(
                    location, "the catalog gives a connection string with it, which may lead anywhere", $"have it give adls.sas-token, or set {ConnectionString} under storage.properties");
            }

            string[] replaced = [.. Credentials.Where(family => given.Keys.Any(name => IsOf(family, name))).SelectMany(family => family)];
            foreach (var (name, value) in configured.Where(p => !IsOf(replaced, p.Key)))
            {
                given.TryAdd(name, value);
            }

            stores.Add(location, given, () => Open(given));
        }

        return Objects;
    }

    /// <summary>A location as the configuration means it: URIs as they are, paths from the workspace's folder.</summary>
    internal static string Locate(string root, string location) => Location.SchemeOf(location) is null ? Path.GetFullPath(location, root) : location;

    /// <summary>Allows what lies below a table's folder, given by it or by its metadata file, and below the targets of relocations: its owner named them.</summary>
    internal void Allow(string location, IEnumerable<string> relocations)
    {
        var parts = location.TrimEnd('/').Split('/');
        var folder = parts[^1].EndsWith(".json", StringComparison.Ordinal) || parts[^1].EndsWith(".json.gz", StringComparison.Ordinal) ? parts[..^1] : parts;
        Objects.Policy = Objects.Policy.And([string.Join('/', folder is [.., "metadata"] ? folder[..^1] : folder), .. relocations]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stores.Dispose();
        schemes.Dispose();
    }

    private static bool IsOf(string[] family, string name) => family.Any(start => name.StartsWith(start, StringComparison.Ordinal));

    private static SchemeObjectStore Open(IReadOnlyDictionary<string, string> properties) => new(
    [
        (["file"], () => new LocalObjectStore()),
        (["s3", "s3a", "s3n"], () => S3ObjectStore.FromProperties(properties)),
        (["abfs", "abfss", "wasb", "wasbs", "https"], () => AzureObjectStore.FromProperties(properties)),
    ]);

    // Who runs this alone may read all that the machine can reach, as with any program. A service that others can reach must not be led about by what they wrote into a table.
    private static LocationPolicy PolicyOf(string root, WorkspaceConfig config) =>
        config.Storage.Allow is null && !IsOpen(config.Functions.Listen) && !IsOpen(config.Flight.Listen) && !IsOpen(config.Online.Listen)
            ? LocationPolicy.Everything
            : LocationPolicy.Only(((string[])[.. WarehouseOf(config.Catalog), .. config.Storage.Allow ?? []]).Select(prefix => Locate(root, prefix)));

    // What a REST catalog calls its warehouse is a location only where it is a URI.
    private static string[] WarehouseOf(CatalogConfig catalog) => catalog.Type == "rest" && Location.SchemeOf(catalog.Warehouse) is null ? [] : [catalog.Warehouse];

    private static bool IsOpen(string listen) =>
        !Uri.TryCreate(listen, UriKind.Absolute, out var uri) || !(uri.IsLoopback || (IPAddress.TryParse(uri.Host, out var address) && IPAddress.IsLoopback(address)));
}
