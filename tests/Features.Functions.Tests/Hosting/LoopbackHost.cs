using System.Text;
using System.Text.Json;
using Features.Core.Definitions;
using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Functions.Hosting;
using Features.Functions.Triggers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Features.Functions.Tests.Hosting;

/// <summary>The event door behind a real Kestrel on a free port, over a real inbox; no workers.</summary>
internal sealed class LoopbackHost : IAsyncDisposable, IPipelines
{
    private static readonly Pipeline Flights = new("departures") { Match = "landing/**/*.csv", Target = new("flights.departures", [], []) };
    private readonly WebApplication app;

    private LoopbackHost(DirectoryInfo workspace, IInbox? inbox)
    {
        Workspace = workspace.FullName;
        Directory.CreateDirectory(Path.Combine(Workspace, "landing"));
        Inbox = inbox ?? new SqliteInbox(Path.Combine(Workspace, "inbox.db"), TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(new FeaturesFunctionsOptions { Workspace = Workspace, MaxEventBytes = 4096 });
        builder.Services.AddSingleton(Inbox).AddSingleton<IPipelines>(this).AddSingleton(new Landing(Workspace)).AddSingleton<EventDoor>();
        app = builder.Build();
        app.MapFeaturesFunctions();
    }

    public string Workspace { get; }

    public IInbox Inbox { get; }

    public HttpClient Client { get; } = new();

    public static async Task<LoopbackHost> StartAsync(IInbox? inbox = null)
    {
        var host = new LoopbackHost(Directory.CreateTempSubdirectory("features-door-"), inbox);
        await host.app.StartAsync(TestContext.Current.CancellationToken);
        host.Client.BaseAddress = new Uri(host.app.Urls.Single());
        return host;
    }

    public ValueTask<IReadOnlyList<AppliedPipeline>> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<AppliedPipeline>>([new(Flights, null)]);

    public string Drop(string key, string content = "a,b\n1,2\n")
    {
        var path = Path.Combine(Workspace, key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public static string Event(string location, string id = "1", string type = StorageNotifications.OwnType) =>
        JsonSerializer.Serialize(new { specversion = "1.0", type, source = "test", id, datacontenttype = "application/json", data = new { location } });

    public async Task<(int Status, JsonElement Body)> PostAsync(string body, string contentType = "application/cloudevents+json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/events") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
        Directory.Delete(Workspace, recursive: true);
    }
}
