using Features.Core;
using Features.Core.Inbox;

namespace Features.Functions.Tests.Hosting;

public sealed class EventsEndpointTests
{
    private static string Code(System.Text.Json.JsonElement body) => body.GetProperty("error").GetProperty("code").GetString()!;

    private static string Message(System.Text.Json.JsonElement body) => body.GetProperty("error").GetProperty("message").GetString()!;

    [Fact]
    public async Task Post_OfANewObject_IsAcceptedOnceItStandsInTheInbox_AndADuplicateSaysSo()
    {
        await using var host = await LoopbackHost.StartAsync();
        var path = host.Drop("landing/a.csv");
        var (status, body) = await host.PostAsync(LoopbackHost.Event("landing/a.csv"));
        Assert.Equal((200, """{"accepted":[{"pipeline":"departures","sequence":1,"duplicate":false}],"ignored":0}"""), (status, body.ToString()));
        Assert.Equal(path, Assert.Single(await host.Inbox.ListAsync(null, default)).Arrival.Location);

        var again = await host.PostAsync(LoopbackHost.Event(new Uri(path).AbsoluteUri, id: "2"));
        Assert.Equal((200, """{"accepted":[{"pipeline":"departures","sequence":1,"duplicate":true}],"ignored":0}"""), (again.Status, again.Body.ToString()));
    }

    [Fact]
    public async Task Post_OfABatch_TakesEveryObjectIn()
    {
        await using var host = await LoopbackHost.StartAsync();
        host.Drop("landing/a.csv");
        host.Drop("landing/x/b.csv", "b");
        host.Drop("elsewhere/c.csv", "c");
        var (status, body) = await host.PostAsync(
            $"[{LoopbackHost.Event("landing/a.csv")},{LoopbackHost.Event("landing/x/b.csv", "2")},{LoopbackHost.Event("elsewhere/c.csv", "3")}]", "application/cloudevents-batch+json; charset=utf-8");
        Assert.Equal((200, 2, 1), (status, body.GetProperty("accepted").GetArrayLength(), body.GetProperty("ignored").GetInt32()));
    }

    [Fact]
    public async Task Post_OfABinaryEvent_ReadsItsHeaders()
    {
        await using var host = await LoopbackHost.StartAsync();
        host.Drop("landing/a.csv");
        var (status, body) = await host.PostAsync(
            """{"location":"landing/a.csv"}""", "application/json", ("ce-specversion", "1.0"), ("ce-type", "dev.features.object.created"), ("ce-source", "a%20b"), ("ce-id", "7"));
        Assert.Equal((200, 1), (status, body.GetProperty("accepted").GetArrayLength()));
        Assert.Equal(("a b", "7"), Assert.Single(await host.Inbox.ListAsync(null, default)) is { Arrival: var arrival } ? (Uri.UnescapeDataString(arrival.Source), arrival.EventId) : default);
    }

    [Theory]
    [InlineData("{", "application/cloudevents+json", 400, "event-not-json", "not JSON")]
    [InlineData("{\"specversion\":\"1.0\",\"type\":\"dev.features.object.created\",\"source\":\"s\"}", "application/cloudevents+json", 400, "event-not-cloudevent", "id")]
    [InlineData("{\"specversion\":\"1.0\",\"type\":\"dev.features.object.created\",\"source\":\"s\",\"id\":\"9\",\"data\":{}}", "application/cloudevents+json", 400, "event-field-missing", "event '9': data: 'location' is missing")]
    [InlineData("{\"specversion\":\"1.0\",\"type\":\"dev.features.object.created\",\"source\":\"s\",\"id\":\"9\",\"data\":{\"location\":5}}", "application/cloudevents+json", 400, "event-field-type", "'location' must be a text")]
    [InlineData("{\"specversion\":\"1.0\",\"type\":\"dev.features.object.created\",\"source\":\"s\",\"id\":\"9\",\"data\":{\"location\":\"/etc/passwd\"}}", "application/cloudevents+json", 400, "location-refused", "outside the workspace")]
    [InlineData("{\"specversion\":\"1.0\",\"type\":\"dev.features.object.created\",\"source\":\"s\",\"id\":\"9\",\"data\":{\"location\":\"landing/../../x.csv\"}}", "application/cloudevents+json", 400, "location-refused", "outside the workspace")]
    [InlineData("{\"specversion\":\"1.0\",\"type\":\"dev.features.object.created\",\"source\":\"s\",\"id\":\"9\",\"data\":{\"location\":\"ftp://h/x.csv\"}}", "application/cloudevents+json", 400, "location-refused", "'ftp' is not known")]
    [InlineData("{\"specversion\":\"1.0\",\"type\":\"dev.features.object.created\",\"source\":\"s\",\"id\":\"9\",\"data\":{\"location\":\"landing/none.csv\"}}", "application/cloudevents+json", 400, "object-missing", "not there")]
    [InlineData("{\"some\":\"thing\"}", "application/json", 400, "event-unknown", "neither a CloudEvent")]
    [InlineData("<xml/>", "text/xml", 415, "content-type-unknown", "text/xml")]
    public async Task Post_OfWhatCannotBeUnderstood_SaysWhatWhichAndTheRemedy(string body, string contentType, int status, string code, string message)
    {
        await using var host = await LoopbackHost.StartAsync();
        var answer = await host.PostAsync(body, contentType);
        Assert.Equal((status, code), (answer.Status, Code(answer.Body)));
        Assert.Contains(message, Message(answer.Body), StringComparison.Ordinal);
        Assert.NotEmpty(answer.Body.GetProperty("error").GetProperty("remedy").GetString()!);
        Assert.Empty(await host.Inbox.ListAsync(null, default));
    }

    [Fact]
    public async Task Post_OfAFolder_SaysThatItCannotBeRead()
    {
        await using var host = await LoopbackHost.StartAsync();
        Directory.CreateDirectory(Path.Combine(host.Workspace, "landing", "day.csv"));
        var (status, body) = await host.PostAsync(LoopbackHost.Event("landing/day.csv"));
        Assert.Equal((400, "object-unreadable"), (status, Code(body)));
    }

    [Theory]
    [InlineData("landing/stolen.csv", "landing/stolen.csv")]
    [InlineData("landing/day", "landing/day/stolen.csv")]
    public async Task Post_OfALinkOutOfTheWorkspace_IsRefused(string link, string announced)
    {
        await using var host = await LoopbackHost.StartAsync();
        var secrets = Directory.CreateTempSubdirectory("features-secrets-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(secrets.FullName, "stolen.csv"), "a,b\n1,2\n", TestContext.Current.CancellationToken);
            File.CreateSymbolicLink(Path.Combine(host.Workspace, link), link == announced ? Path.Combine(secrets.FullName, "stolen.csv") : secrets.FullName);
            var (status, body) = await host.PostAsync(LoopbackHost.Event(announced));
            Assert.Equal((400, "location-refused"), (status, Code(body)));
            Assert.Contains("a link to what lies outside", Message(body), StringComparison.Ordinal);
            Assert.Empty(await host.Inbox.ListAsync(null, default));
        }
        finally
        {
            secrets.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Post_OfALinkWithinTheWorkspace_IsAccepted()
    {
        await using var host = await LoopbackHost.StartAsync();
        host.Drop("store/a.csv");
        File.CreateSymbolicLink(Path.Combine(host.Workspace, "landing", "a.csv"), "../store/a.csv");
        var (status, body) = await host.PostAsync(LoopbackHost.Event("landing/a.csv"));
        Assert.Equal((200, 1), (status, body.GetProperty("accepted").GetArrayLength()));
    }

    [Fact]
    public async Task Post_OfTooLargeABody_IsRefused()
    {
        await using var host = await LoopbackHost.StartAsync();
        var (status, body) = await host.PostAsync(LoopbackHost.Event(new string('x', 5000)));
        Assert.Equal((413, "event-too-large"), (status, Code(body)));
    }

    [Fact]
    public async Task Post_WhileTheInboxCannotTakeIt_AsksForARetry()
    {
        await using var host = await LoopbackHost.StartAsync(new BusyInbox());
        host.Drop("landing/a.csv");
        var (status, body) = await host.PostAsync(LoopbackHost.Event("landing/a.csv"));
        Assert.Equal((503, "busy"), (status, Code(body)));
        using var ready = await host.Client.GetAsync(new Uri("/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(503, (int)ready.StatusCode);
    }

    [Fact]
    public async Task Handshakes_OfWebHooksAndEventGrid_AreAnswered()
    {
        await using var host = await LoopbackHost.StartAsync();
        using var options = new HttpRequestMessage(HttpMethod.Options, "/events");
        options.Headers.Add("WebHook-Request-Origin", "eventgrid.azure.net");
        using var response = await host.Client.SendAsync(options, TestContext.Current.CancellationToken);
        Assert.Equal("eventgrid.azure.net", Assert.Single(response.Headers.GetValues("WebHook-Allowed-Origin")));
        var (status, body) = await host.PostAsync("""[{"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"abc"}}]""", "application/json");
        Assert.Equal((200, "abc"), (status, body.GetProperty("validationResponse").GetString()));
    }

    [Fact]
    public async Task Health_OfARunningHost_IsUp()
    {
        await using var host = await LoopbackHost.StartAsync();
        using var health = await host.Client.GetAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);
        using var ready = await host.Client.GetAsync(new Uri("/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal((200, 200), ((int)health.StatusCode, (int)ready.StatusCode));
    }

    private sealed class BusyInbox : IInbox
    {
        private static StateStoreException Full => new("inbox.db", "the disk is full", "free some space", isTransient: true);

        public Task<string> GetIdAsync(CancellationToken cancellationToken) => throw Full;

        public Task<Acceptance> AcceptAsync(Arrival arrival, CancellationToken cancellationToken) => throw Full;

        public Task<ClaimedBatch?> ClaimAsync(string worker, TimeSpan lease, CancellationToken cancellationToken) => throw Full;

        public Task<bool> ExtendAsync(ClaimedBatch batch, TimeSpan lease, CancellationToken cancellationToken) => throw Full;

        public Task ReleaseAsync(ClaimedBatch batch, TimeSpan delay, bool countAttempt, CancellationToken cancellationToken) => throw Full;

        public Task<Predecessors> PredecessorsAsync(ClaimedBatch batch, long after, CancellationToken cancellationToken) => throw Full;

        public Task CompleteAsync(ClaimedBatch batch, BatchOutcome outcome, CancellationToken cancellationToken) => throw Full;

        public Task<IReadOnlyList<BatchRecord>> ListAsync(string? pipeline, CancellationToken cancellationToken) => throw Full;
    }
}
