using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Server.Hosting;
using Features.Server.Ingest;
using Features.Server.Workspaces;

namespace Features.Server.Tests.Hosting;

public sealed class FeaturesHostTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-host-").FullName;
    private Workspace workspace = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await WorkspaceTemplate.WriteAsync(folder, Token);
        workspace = await Workspace.OpenAsync(folder, Token);
        await workspace.ApplyAsync(planOnly: false, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await workspace.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Start_OnFreePorts_TakesEventsInAndServesTrainingSetsOut()
    {
        var first = await DropAsync("first.csv", day: 1);
        await DirectIngest.RunAsync(workspace, "departures", first, Token);
        var set = (await workspace.CreateTrainingSetAsync(await workspace.DeclaredTrainingSetAsync("delays", Token), cancellationToken: Token)).Manifest;

        await using (var host = await FeaturesHost.StartAsync(workspace, FeaturesHostOptions.AnyPort, Token))
        {
            Assert.NotEqual(host.EventsAddress.Port, host.FlightAddress.Port);
            using var client = new DatasetClient(host.FlightAddress);
            long rows = 0;
            await foreach (var batch in await client.OpenAsync(new DatasetRequest(set.Name), Token))
            {
                using (batch)
                {
                    rows += batch.Rows.Length;
                }
            }

            Assert.Equal(set.Rows, rows);
            await AnnounceAsync(host, await DropAsync("second.csv", day: 2));
        }

        // Disposed, it has finished the batch in hand or left it for the next worker: none is lost, none half done.
        while (await workspace.Worker.RunOnceAsync("next", Token) is not null)
        {
        }

        var batches = await workspace.Inbox.ListAsync("departures", Token);
        Assert.Equal(["done", "done"], batches.Select(b => b.State));
        Assert.Equal(4, batches.Sum(b => b.Outcome!.Good));
    }

    [Fact]
    public async Task Start_OnATakenPort_NamesTheRemedy()
    {
        await using var host = await FeaturesHost.StartAsync(workspace, FeaturesHostOptions.AnyPort, Token);
        var taken = FeaturesHostOptions.From(workspace.Config, "http://127.0.0.1:0", $"grpc://127.0.0.1:{host.FlightAddress.Port}");
        var fault = await Assert.ThrowsAsync<WorkspaceException>(() => FeaturesHost.StartAsync(workspace, taken, Token));
        Assert.Equal("listen", fault.Code);
        Assert.Contains("choose other addresses (--events, --flight, or features.yaml)", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7070")]
    [InlineData("http://some.host.example:7070")]
    public void From_AnAddressThatCannotBeListenedOn_SaysWhatToWrite(string address)
    {
        var fault = Assert.Throws<WorkspaceException>(() => FeaturesHostOptions.From(workspace.Config, address, null));
        Assert.Contains($"'{address}' cannot be listened on; write SCHEME://IP:PORT", fault.Message, StringComparison.Ordinal);
    }

    private static async Task AnnounceAsync(FeaturesHost host, string location)
    {
        using var http = new HttpClient();
        var body = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = location,
            ["source"] = "/tests",
            ["type"] = "dev.features.object.created",
            ["data"] = new JsonObject { ["location"] = location },
        };
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/cloudevents+json"));
        using var response = await http.PostAsync(new Uri(host.EventsAddress, "/events"), content, Token);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private async Task<string> DropAsync(string name, int day)
    {
        var path = Path.Combine(folder, "landing", "flights", name);
        await File.WriteAllTextAsync(path, $"date,delay,distance,origin,destination\n2001-01-0{day} 10:00:00,5,599,ATL,ORD\n2001-01-0{day} 11:00:00,50,599,ATL,ORD\n", Token);
        return path;
    }
}
