using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Features.Server.Hosting;
using Features.Server.Online;
using Features.Server.Workspaces;

namespace Features.Server.Tests.Online;

public sealed class OnlineServerTests
{
    private const string Get = """{"features":["driver_hourly_stats:conv_rate"],"entities":{"driver_id":[1001]}}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_OpenToOthersWithoutKeys_IsRefused()
    {
        await using var workspace = Workspace.OpenTemporary();
        var fault = await Assert.ThrowsAsync<WorkspaceException>(() => OnlineServer.StartAsync(workspace, new IPEndPoint(IPAddress.Any, 0), logs: false, Token));
        Assert.Equal("online-open", fault.Code);
        Assert.Contains("set online.api_keys in features.yaml, or listen on this machine alone", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OnATakenPort_NamesTheRemedy()
    {
        await using var workspace = Workspace.OpenTemporary();
        await using var first = await OnlineServer.StartAsync(workspace, new IPEndPoint(IPAddress.Loopback, 0), logs: false, Token);
        var fault = await Assert.ThrowsAsync<WorkspaceException>(() => OnlineServer.StartAsync(workspace, new IPEndPoint(IPAddress.Loopback, first.Address.Port), logs: false, Token));
        Assert.Contains("choose another address (--online, or online.listen of features.yaml)", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_WithTheOnlineService_ServesItBehindItsOwnDoor()
    {
        await using var workspace = Workspace.OpenTemporary();
        await using var host = await FeaturesHost.StartAsync(workspace, FeaturesHostOptions.AnyPort with { Online = new IPEndPoint(IPAddress.Loopback, 0) }, Token);
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(host.OnlineAddress!, "/health"), Token)).StatusCode);
        Assert.Equal("3.1.0", JsonNode.Parse(await client.GetStringAsync(new Uri(host.OnlineAddress!, "/openapi.json"), Token))!["openapi"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsync(new Uri(host.OnlineAddress!, "/events"), null, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsync(new Uri(host.EventsAddress, "/get-online-features"), null, Token)).StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_OfTooLargeABody_IsRefused_AnnouncedOrNot(bool announced)
    {
        await using var drivers = await DriverWorkspace.StartAsync("max_body_mb: 1, max_rows: 2", Token);
        Assert.SkipWhen(drivers is null, "Feast's driver statistics are missing");
        var body = Get.Replace("1001", string.Concat(Enumerable.Repeat("1001,", 300_000)) + "1001", StringComparison.Ordinal);
        using HttpContent content = announced ? new StringContent(body) : new StreamContent(new Unseekable(Encoding.UTF8.GetBytes(body)));
        using var response = await drivers.Client.PostAsync("/get-online-features", content, Token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("the body is larger than 1 MiB", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_OfMoreRowsThanAllowed_IsRefused()
    {
        await using var drivers = await DriverWorkspace.StartAsync("max_rows: 2", Token);
        Assert.SkipWhen(drivers is null, "Feast's driver statistics are missing");
        using var response = await drivers.Client.PostAsync("/get-online-features", new StringContent(Get.Replace("1001", "1,2,3", StringComparison.Ordinal)), Token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Service_ByItself_BringsViewsUp()
    {
        await using var drivers = await DriverWorkspace.StartAsync("", Token, materialized: false);
        Assert.SkipWhen(drivers is null, "Feast's driver statistics are missing");
        while (true)
        {
            using var response = await drivers.Client.PostAsync("/get-online-features", new StringContent(Get), Token);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                break;
            }

            // Until then it says what to wait for.
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Contains("is not materialised", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
            await Task.Delay(20, Token);
        }
    }

    [Fact]
    public async Task Answers_OfWhichAShareIsKept_AreInTheLog()
    {
        await using var drivers = await DriverWorkspace.StartAsync("log_share: 1", Token);
        Assert.SkipWhen(drivers is null, "Feast's driver statistics are missing");
        using var response = await drivers.Client.PostAsync("/get-online-features", new StringContent(Get), Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var log = drivers.Workspace.Online.Answers!;
        // It is offered once the answer is on its way.
        while (log.Counts.Written == 0)
        {
            await Task.Delay(1, Token);
            await log.FlushAsync(Token);
        }

        Assert.Equal(1, log.Counts.Written);
        Assert.NotEmpty(Directory.GetFiles(drivers.Workspace.AnswersPath));
    }

    // So that its length is not announced.
    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
