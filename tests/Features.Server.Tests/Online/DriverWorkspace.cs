using Features.Server.Ingest;
using Features.Server.Online;
using Features.Server.Workspaces;
using Features.Testing;

namespace Features.Server.Tests.Online;

/// <summary>Feast's drivers: their statistics of every hour ingested, materialised and served. Its clock stands at <see cref="Now"/>.</summary>
internal sealed class DriverWorkspace : IAsyncDisposable
{
    /// <summary>An hour and a half after the newest row but one.</summary>
    public static readonly DateTimeOffset Now = new(2024, 9, 10, 16, 30, 0, TimeSpan.Zero);

    private readonly string folder;
    private readonly OnlineServer server;

    private DriverWorkspace(string folder, Workspace workspace, OnlineServer server)
    {
        (this.folder, this.server) = (folder, server);
        Workspace = workspace;
        Client = new HttpClient { BaseAddress = server.Address };
    }

    public Workspace Workspace { get; }

    public HttpClient Client { get; }

    /// <summary>Null where Feast's file is missing and may be.</summary>
    /// <param name="onlineConfig">Keys of <c>online</c>, besides those that it sets itself.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="materialized">Materialise before it serves; else the service does it by itself.</param>
    public static async Task<DriverWorkspace?> StartAsync(string onlineConfig, CancellationToken cancellationToken, bool materialized = true)
    {
        if (Fixtures.Find("datasets", "feast", "driver_stats.parquet") is not { } file)
        {
            return null;
        }

        var folder = Directory.CreateTempSubdirectory("features-drivers-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), $"name: drivers\nonline: {{ {(materialized ? "materialize_every: 0" : "materialize_every: 50ms")}{(onlineConfig.Length > 0 ? $", {onlineConfig}" : "")} }}\n", cancellationToken);
        File.Copy(Path.Combine(Fixtures.Repository, "tests", "Features.Server.Tests", "Online", "drivers.yaml"), Path.Combine(folder, "definitions", "drivers.yaml"));
        var workspace = await Workspace.OpenAsync(folder, new WorkspaceOptions { Clock = new Standing() }, cancellationToken);
        await workspace.ApplyAsync(planOnly: false, cancellationToken);
        await DirectIngest.RunAsync(workspace, "driver_stats", file, cancellationToken);
        if (materialized)
        {
            await workspace.MaterializeAsync([], cancellationToken: cancellationToken);
        }

        return new DriverWorkspace(folder, workspace, await OnlineServer.StartAsync(workspace, new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0), logs: false, cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await server.DisposeAsync();
        await Workspace.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    // Answers depend on the moment; timers, which nothing here waits for, are the system's.
    private sealed class Standing : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
