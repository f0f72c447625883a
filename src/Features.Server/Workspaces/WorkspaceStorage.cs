using System.Net;
using Features.Iceberg.Azure;
using Features.Iceberg.S3;
using Features.Iceberg.Storage;

namespace Features.Server.Workspaces;

/// <summary>Where a workspace's tables lie: local files, S3 and Azure by the location's scheme, what is remote through a cache on disk, and all of it behind the workspace's location policy.</summary>
public sealed class WorkspaceStorage : IDisposable
{
    /// <summary>How the names of storage properties begin.</summary>
    internal static readonly string[] Prefixes = ["s3.", "client.", "adls."];

    private readonly SchemeObjectStore schemes;

    private WorkspaceStorage(SchemeObjectStore schemes, GuardedObjectStore objects) => (this.schemes, Objects) = (schemes, objects);

    /// <summary>The objects, also as local files.</summary>
    public GuardedObjectStore Objects { get; }

    /// <summary>Puts it together; a store is opened when its first location comes.</summary>
    internal static WorkspaceStorage Open(string root, WorkspaceConfig config, TimeProvider clock)
    {
        var properties = config.Storage.Properties ?? [];
        var schemes = new SchemeObjectStore(
        [
            (["file"], () => new LocalObjectStore()),
            (["s3", "s3a", "s3n"], () => S3ObjectStore.FromProperties(properties)),
            (["abfs", "abfss", "wasb", "wasbs", "https"], () => AzureObjectStore.FromProperties(properties)),
        ]);
        var options = new CacheOptions(Path.GetFullPath(config.Storage.Cache.Path, root))
        {
            BudgetBytes = (long)config.Storage.Cache.BudgetMb << 20,
            Store = properties.GetValueOrDefault("s3.endpoint") ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL_S3") ?? Environment.GetEnvironmentVariable("AWS_ENDPOINT_URL") ?? "",
        };
        var cached = new CachedObjectStore(schemes, options, clock);
        return new WorkspaceStorage(schemes, new GuardedObjectStore(cached, cached, PolicyOf(root, config)));
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
    public void Dispose() => schemes.Dispose();

    // Who runs this alone may read all that the machine can reach, as with any program. A service that others can reach must not be led about by what they wrote into a table.
    private static LocationPolicy PolicyOf(string root, WorkspaceConfig config) =>
        config.Storage.Allow is null && !IsOpen(config.Functions.Listen) && !IsOpen(config.Flight.Listen)
            ? LocationPolicy.Everything
            : LocationPolicy.Only(((string[])[config.Catalog.Warehouse, .. config.Storage.Allow ?? []]).Select(prefix => Locate(root, prefix)));

    private static bool IsOpen(string listen) =>
        !Uri.TryCreate(listen, UriKind.Absolute, out var uri) || !(uri.IsLoopback || (IPAddress.TryParse(uri.Host, out var address) && IPAddress.IsLoopback(address)));
}
