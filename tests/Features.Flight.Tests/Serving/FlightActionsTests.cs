using System.Text.Json;
using Features.Flight.Cache;
using Features.Flight.Protocol;
using Features.Flight.Serving;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Time.Testing;
using Action = Features.Flight.Protocol.Action;

namespace Features.Flight.Tests.Serving;

public sealed class FlightActionsTests : IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemorySource source = new MemorySource().Add("a", 1000).Add("b", 200_000);
    private readonly OpenAccess access = new();
    private FlightHost host = null!;
    private GrpcChannel channel = null!;
    private FlightService.FlightServiceClient client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        host = await FlightHost.StartAsync(source, access, new FlightOptions { MemoryBudgetBytes = 64 << 20, MaxMessageBytes = 64 << 10, TicketLifetime = Lifetime }, clock);
        channel = GrpcChannel.ForAddress(host.Address);
        client = new FlightService.FlightServiceClient(channel);
    }

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        await host.DisposeAsync();
    }

    [Fact]
    public async Task Renew_ATicket_GivesItForLongerUnderTheSameLease()
    {
        var polled = await client.PollFlightInfoAsync(Path("a"), cancellationToken: Token);
        var endpoint = polled.Info.Endpoint.Single();
        Assert.Equal(clock.GetUtcNow() + Lifetime, Assert.Single(host.Cache.List()).HeldUntil);

        clock.Advance(Lifetime / 2);
        var renewed = FlightEndpoint.Parser.ParseFrom(await ActAsync("RenewFlightEndpoint", new RenewFlightEndpointRequest { Endpoint = endpoint }));

        Assert.Equal(clock.GetUtcNow() + Lifetime, renewed.ExpirationTime.ToDateTimeOffset());
        Assert.Equal((endpoint.AppMetadata, endpoint.Location), (renewed.AppMetadata, renewed.Location));
        Assert.Equal(clock.GetUtcNow() + Lifetime, Assert.Single(host.Cache.List()).HeldUntil);
        clock.Advance(Lifetime / 2);
        await RefusedAsync(StatusCode.FailedPrecondition, () => ReadAsync(endpoint.Ticket));
        Assert.Equal(1000, await ReadAsync(renewed.Ticket));
        await RefusedAsync(StatusCode.FailedPrecondition, () => ActAsync("RenewFlightEndpoint", new RenewFlightEndpointRequest { Endpoint = endpoint }));
    }

    [Fact]
    public async Task Renew_WhatThePolicyNoLongerAllows_IsDenied()
    {
        var endpoint = (await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token)).Endpoint.Single();
        access.Rule = _ => FlightDecision.Deny("consent was withdrawn");
        await RefusedAsync(StatusCode.PermissionDenied, () => ActAsync("RenewFlightEndpoint", new RenewFlightEndpointRequest { Endpoint = endpoint }));
    }

    [Fact]
    public async Task Cancel_ARead_EndsItsStreamsRefusesItsTicketAndLetsItsDataGo()
    {
        var info = (await client.PollFlightInfoAsync(Path("b"), cancellationToken: Token)).Info;
        using var call = client.DoGet(info.Endpoint.Single().Ticket, cancellationToken: Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));

        await RefusedAsync(StatusCode.PermissionDenied, () => ActAsync("CancelFlightInfo", new CancelFlightInfoRequest { Info = info }, Subject("eve")));
        Assert.Equal(CancelStatus.Cancelled, CancelFlightInfoResult.Parser.ParseFrom(await ActAsync("CancelFlightInfo", new CancelFlightInfoRequest { Info = info })).Status);

        // What the connection holds already may still come; then the stream breaks off, long before its end. One that waits for its reader is
        // reset, which this library tells as an internal error.
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(Token))
            {
            }
        });
        Assert.Contains(error.StatusCode, new[] { StatusCode.Cancelled, StatusCode.Internal });
        Assert.Contains("cancelled", await RefusedAsync(StatusCode.FailedPrecondition, () => ReadAsync(info.Endpoint.Single().Ticket)), StringComparison.Ordinal);
        Assert.Null(Assert.Single(host.Cache.List()).HeldUntil);
        Assert.Equal(CancelStatus.Cancelled, CancelFlightInfoResult.Parser.ParseFrom(await ActAsync("CancelFlightInfo", new CancelFlightInfoRequest { Info = info })).Status);
        Assert.Equal(1000, await ReadAsync((await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token)).Endpoint.Single().Ticket));
    }

    [Fact]
    public async Task Cancel_ARenewedRead_EndsTheOlderTicketToo()
    {
        var info = await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token);
        var renewed = FlightEndpoint.Parser.ParseFrom(await ActAsync("RenewFlightEndpoint", new RenewFlightEndpointRequest { Endpoint = info.Endpoint.Single() }));
        await ActAsync("CancelFlightInfo", new CancelFlightInfoRequest { Info = info });
        await RefusedAsync(StatusCode.FailedPrecondition, () => ReadAsync(renewed.Ticket));
    }

    [Fact]
    public async Task Cancel_ByTheOlderTicketOfARenewedRead_HoldsForAsLongAsTheNewerOne()
    {
        var info = await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token);
        clock.Advance(Lifetime / 2);
        var renewed = FlightEndpoint.Parser.ParseFrom(await ActAsync("RenewFlightEndpoint", new RenewFlightEndpointRequest { Endpoint = info.Endpoint.Single() }));
        await ActAsync("CancelFlightInfo", new CancelFlightInfoRequest { Info = info });

        clock.Advance(Lifetime * 3 / 4);
        var other = await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token);
        await ActAsync("CancelFlightInfo", new CancelFlightInfoRequest { Info = other });

        Assert.Contains("cancelled", await RefusedAsync(StatusCode.FailedPrecondition, () => ReadAsync(renewed.Ticket)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ByTheOlderTicketOfARenewedRead_LeavesTheLeaseAsLongAsItIs()
    {
        var endpoint = (await client.PollFlightInfoAsync(Path("a"), cancellationToken: Token)).Info.Endpoint.Single();
        clock.Advance(Lifetime / 2);
        await ActAsync("RenewFlightEndpoint", new RenewFlightEndpointRequest { Endpoint = endpoint });
        Assert.Equal(1000, await ReadAsync(endpoint.Ticket));
        Assert.Equal(clock.GetUtcNow() + Lifetime, Assert.Single(host.Cache.List()).HeldUntil);
    }

    [Fact]
    public async Task Unpin_OfADatasetThatWasMadeAnew_LetsTheOlderVersionGo()
    {
        await ReadAsync((await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token)).Endpoint.Single().Ticket);
        await ActAsync("pin", """{"dataset":"a","batch":64}""");
        clock.Advance(Lifetime);
        source.Add("a", 900, digest: "newer");

        await ActAsync("unpin", """{"dataset":"a","shuffle":"global"}""");

        Assert.Null(Assert.Single(host.Cache.List()).HeldUntil);
        Assert.Equal(1, (await JsonOf("evict", """{"dataset":"a"}""")).GetProperty("evicted").GetInt32());
        Assert.Contains("no data set 'c'", await RefusedAsync(StatusCode.NotFound, () => ActAsync("unpin", """{"dataset":"c"}""")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusals_OfManyFaults_FitIntoTheHeadersThatClientsTake()
    {
        var columns = string.Join(',', Enumerable.Range(0, 4000).Select(i => $"\"größe{i}\""));
        var descriptor = new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = ByteString.CopyFromUtf8($$"""{"dataset":"a","columns":[{{columns}}]}""") };
        Assert.EndsWith("...", await RefusedAsync(StatusCode.InvalidArgument, () => client.GetFlightInfoAsync(descriptor, cancellationToken: Token).ResponseAsync), StringComparison.Ordinal);

        descriptor.Cmd = ByteString.CopyFromUtf8($$"""{"dataset":"a"{{new string(' ', 1 << 20)}}}""");
        Assert.Contains("1048", await RefusedAsync(StatusCode.InvalidArgument, () => client.GetFlightInfoAsync(descriptor, cancellationToken: Token).ResponseAsync), StringComparison.Ordinal);
    }

    [Fact]
    public void Faults_OfWhatTheServiceReaches_AreUnavailable()
    {
        Assert.Equal(StatusCode.Unavailable, FlightErrors.Of(new IOException("the catalog is away")).StatusCode);
        Assert.Equal(StatusCode.Internal, FlightErrors.Of(new InvalidOperationException()).StatusCode);
    }

    [Fact]
    public async Task Leases_OfWhatWasWarmedOrRead_EndWithTheirTicketsTime()
    {
        await ActAsync("warm", """{"dataset":"a"}""");
        await RefusedAsync(StatusCode.FailedPrecondition, () => ActAsync("evict", """{"dataset":"a"}"""));
        clock.Advance(Lifetime);
        Assert.Equal(1, (await JsonOf("evict", """{"dataset":"a"}""")).GetProperty("evicted").GetInt32());

        await ReadAsync((await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token)).Endpoint.Single().Ticket);
        await RefusedAsync(StatusCode.FailedPrecondition, () => ActAsync("evict", """{"dataset":"a"}"""));
        clock.Advance(Lifetime);
        Assert.Equal(1, (await JsonOf("evict", """{"dataset":"a"}""")).GetProperty("evicted").GetInt32());
    }

    [Fact]
    public async Task Pin_ADataset_HoldsItUntilItIsUnpinned()
    {
        await ActAsync("warm", """{"dataset":"a"}""");
        Assert.True((await JsonOf("pin", """{"dataset":"a"}""")).GetProperty("pinned").GetBoolean());
        clock.Advance(Lifetime * 100);
        await RefusedAsync(StatusCode.FailedPrecondition, () => ActAsync("evict", """{"dataset":"a"}"""));
        Assert.False((await JsonOf("unpin", """{"dataset":"a"}""")).GetProperty("pinned").GetBoolean());
        Assert.Equal(1, (await JsonOf("evict", """{"dataset":"a"}""")).GetProperty("evicted").GetInt32());
        Assert.Contains(FlightPurpose.Pin, access.Asked.Select(asked => asked.Purpose));
    }

    [Fact]
    public async Task Streams_ShowTheCallersOwnAlone()
    {
        var info = await client.GetFlightInfoAsync(Path("b"), cancellationToken: Token);
        using var call = client.DoGet(info.Endpoint.Single().Ticket, cancellationToken: Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));

        var stream = await JsonOf("streams", "");
        Assert.Equal(("b", 0, 1), (stream.GetProperty("dataset").GetString(), stream.GetProperty("rank").GetInt32(), stream.GetProperty("world").GetInt32()));
        using var other = client.DoAction(new Action { Type = "streams" }, Subject("eve"), cancellationToken: Token);
        Assert.False(await other.ResponseStream.MoveNext(Token));
        Assert.Equal(1, (await JsonOf("health", "")).GetProperty("streams").GetInt32());
    }

    [Fact]
    public async Task List_ShowsWhatIsInMemoryAndWhatHoldsIt_ToWhoMaySeeIt()
    {
        Assert.Empty(await ListAsync());
        await ActAsync("warm", """{"dataset":"a"}""");
        await ActAsync("pin", """{"dataset":"a"}""");
        source.Add("t", 500, roles: new Dictionary<string, ColumnRole> { ["x"] = ColumnRole.Feature });
        await ActAsync("warm", """{"dataset":"t","layout":"tensor","tensor":{"type":"float16"}}""");
        var info = await client.GetFlightInfoAsync(Path("b"), cancellationToken: Token);
        using (var call = client.DoGet(info.Endpoint.Single().Ticket, cancellationToken: Token))
        {
            Assert.True(await call.ResponseStream.MoveNext(Token));

            var (cached, until) = (await ListAsync(), Moments.ToText(clock.GetUtcNow() + Lifetime));
            using var example = JsonDocument.Parse(
                await File.ReadAllBytesAsync(System.IO.Path.Combine(Testing.Fixtures.Repository, "schemas", "flight", "actions", "examples", "valid", "list.json"), Token));
            Assert.All(cached, one => Assert.Equal(example.RootElement.GetProperty("result").EnumerateObject().Select(m => m.Name), one.EnumerateObject().Select(m => m.Name)));
            Assert.All(cached, one => Assert.True(one.GetProperty("ready").GetBoolean()));
            Assert.All(cached, one => Assert.Equal(one.GetProperty("total").GetInt64(), one.GetProperty("rows").GetInt64()));
            Assert.All(cached, one => Assert.True(one.GetProperty("bytes").GetInt64() > 0));
            Assert.All(cached, one => Assert.Equal((1, until), (one.GetProperty("leases").GetInt32(), one.GetProperty("leased_until").GetString())));
            Assert.Equal(
                [("a", "columns", null, 0, 1), ("b", "columns", null, 1, 0), ("t", "tensor", "float16", 0, 0)],
                cached.Select(one => (one.GetProperty("dataset").GetString(), one.GetProperty("layout").GetString(), one.GetProperty("tensor_type").GetString(), one.GetProperty("readers").GetInt32(), one.GetProperty("pins").GetInt32())));
        }

        clock.Advance(Lifetime);
        Assert.All(await ListAsync(), one => Assert.Equal((0, JsonValueKind.Null), (one.GetProperty("leases").GetInt32(), one.GetProperty("leased_until").ValueKind)));
        access.Rule = asked => asked.Dataset == "b" && asked.Purpose == FlightPurpose.List ? FlightDecision.Allow() : FlightDecision.Deny("no grant");
        Assert.All(await ListAsync(), one => Assert.Equal("b", one.GetProperty("dataset").GetString()));
    }

    [Fact]
    public async Task Follow_ANewerVersion_IsGivenFromTheNextEpochOnAndTheOlderStaysReadable()
    {
        FlightDescriptor Epoch(int epoch) => new() { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = ByteString.CopyFromUtf8($$"""{"dataset":"a","follow":true,"epoch":{{epoch}}}""") };
        var first = await client.GetFlightInfoAsync(Epoch(0), cancellationToken: Token);
        Assert.Equal(1000, await ReadAsync(first.Endpoint.Single().Ticket));

        source.Add("a", 900, digest: "newer");
        var offered = await JsonOf("offer", """{"dataset":"a"}""");
        Assert.Equal(("sha256:a", "sha256:newer"), (offered.GetProperty("current").GetString(), offered.GetProperty("next").GetString()));

        Assert.Equal(1000, (await client.GetFlightInfoAsync(Epoch(0), cancellationToken: Token)).TotalRecords);
        Assert.Equal(1000, await ReadAsync(first.Endpoint.Single().Ticket));
        var second = await client.GetFlightInfoAsync(Epoch(1), cancellationToken: Token);
        Assert.Equal((900, 900), (second.TotalRecords, await ReadAsync(second.Endpoint.Single().Ticket)));
    }

    [Theory]
    [InlineData("warm")]
    [InlineData("pin")]
    [InlineData("unpin")]
    [InlineData("evict")]
    [InlineData("offer")]
    [InlineData("CancelFlightInfo")]
    [InlineData("RenewFlightEndpoint")]
    public async Task Actions_BodiesThatAreNotTheirs_AreInvalidArguments(string type)
    {
        foreach (var body in new[] { "", "{", "[]", "{}", """{"dataset":7}""", """{"dataset":"a","dataset":"b"}""", """{"dataset":"\ud800"}""", """{"dataset":"a","colour":1}""", "\u0012\u0004junk", new string('[', 10_000) })
        {
            await RefusedAsync(StatusCode.InvalidArgument, () => ActAsync(type, body));
        }
    }

    [Theory]
    [InlineData("SetSessionOptions")]
    [InlineData("GetSessionOptions")]
    [InlineData("CloseSession")]
    [InlineData("")]
    public async Task Actions_ThatAreNotServed_AreUnimplementedAndUnlisted(string type)
    {
        Assert.Contains("there are: CancelFlightInfo", await RefusedAsync(StatusCode.Unimplemented, () => ActAsync(type, "")), StringComparison.Ordinal);
        using var listing = client.ListActions(new Empty(), cancellationToken: Token);
        Assert.DoesNotContain(await listing.ResponseStream.ReadAllAsync(Token).ToListAsync(Token), listed => listed.Type == type);
    }

    [Fact]
    public async Task Actions_Results_AreAsTheSchemasExamplesHaveThem()
    {
        foreach (var file in Directory.GetFiles(System.IO.Path.Combine(Testing.Fixtures.Repository, "schemas", "flight", "actions", "examples", "valid")).Order())
        {
            using var example = JsonDocument.Parse(await File.ReadAllBytesAsync(file, Token));
            var action = example.RootElement.GetProperty("action").GetString()!;
            if (action is "streams" or "offer" or "list")
            {
                continue; // Theirs need a stream, a job and something in memory: see above.
            }

            var result = await JsonOf(action, action is "health" ? "" : """{"dataset":"a"}""");
            Assert.Equal(NamesOf(example.RootElement.GetProperty("result")), NamesOf(result));
            await ActAsync("unpin", """{"dataset":"a"}""");
        }

        static IEnumerable<string> NamesOf(JsonElement json) => json.EnumerateObject().Select(member => member.Name);
    }

    [Fact]
    public async Task Calls_OfWhoMayNot_LearnNothingOfTheDataset()
    {
        access.Rule = _ => FlightDecision.Deny("no grant");
        foreach (var command in new[] { """{"dataset":"a"}""", """{"dataset":"a","columns":["nothing"]}""", """{"dataset":"a","filter":"x > 1"}""", """{"dataset":"missing"}""" })
        {
            var descriptor = new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = ByteString.CopyFromUtf8(command) };
            var refusal = await RefusedAsync(StatusCode.PermissionDenied, () => client.GetFlightInfoAsync(descriptor, cancellationToken: Token).ResponseAsync);
            Assert.DoesNotContain("'x'", refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task List_OfWhoMaySeeAndNotRead_GivesNamesWithoutTickets()
    {
        access.Rule = asked => asked.Purpose == FlightPurpose.List ? FlightDecision.Allow() : FlightDecision.Deny("no grant");
        using var listing = client.ListFlights(new Criteria(), cancellationToken: Token);
        var infos = await listing.ResponseStream.ReadAllAsync(Token).ToListAsync(Token);
        Assert.Equal(["a", "b"], infos.Select(info => info.FlightDescriptor.Path[0]));
        Assert.All(infos, info => Assert.True(info is { Endpoint.Count: 0, Schema.IsEmpty: true, TotalRecords: -1 }));
    }

    [Fact]
    public void Revocations_ArePastTheirTimeOrTheirNumber_Forgotten()
    {
        var uses = new TicketUses(clock);
        for (var i = 0; i <= TicketUses.MaxRevoked; i++)
        {
            uses.Revoke($"{i}", clock.GetUtcNow().AddMinutes(1 + (i % 50)));
        }

        Assert.Throws<RpcException>(() => uses.Begin("49", () => { }));
        uses.Begin("0", () => { }).Dispose();
        clock.Advance(TimeSpan.FromHours(1));
        uses.Revoke("last", clock.GetUtcNow().AddHours(1));
        uses.Begin("49", () => { }).Dispose();
        Assert.Throws<RpcException>(() => uses.Begin("last", () => { }));
    }

    private static FlightDescriptor Path(string name) => new() { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { name } };

    private static Metadata Subject(string subject) => new() { { "x-subject", subject } };

    private static async Task<string> RefusedAsync(StatusCode status, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(status, error.StatusCode);
        return error.Status.Detail;
    }

    private async Task<JsonElement> JsonOf(string type, string body) => JsonDocument.Parse((await ActAsync(type, body)).Memory).RootElement;

    private async Task<List<JsonElement>> ListAsync()
    {
        using var call = client.DoAction(new Action { Type = "list" }, cancellationToken: Token);
        return [.. (await call.ResponseStream.ReadAllAsync(Token).ToListAsync(Token)).Select(result => JsonDocument.Parse(result.Body.Memory).RootElement)];
    }

    private Task<ByteString> ActAsync(string type, string body) => ActAsync(new Action { Type = type, Body = ByteString.CopyFromUtf8(body) });

    private Task<ByteString> ActAsync(string type, IMessage body, Metadata? headers = null) => ActAsync(new Action { Type = type, Body = body.ToByteString() }, headers);

    private async Task<ByteString> ActAsync(Action action, Metadata? headers = null)
    {
        using var call = client.DoAction(action, headers, cancellationToken: Token);
        return (await call.ResponseStream.ReadAllAsync(Token).LastAsync(Token)).Body;
    }

    private async Task<long> ReadAsync(Ticket ticket)
    {
        using var call = client.DoGet(ticket, cancellationToken: Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));
        using var feed = new MessageFeed();
        using var decoder = new Apache.Arrow.Ipc.ArrowStreamReader(feed, leaveOpen: true);
        feed.Set(call.ResponseStream.Current.DataHeader.Memory, call.ResponseStream.Current.DataBody.Memory);
        await decoder.GetSchema(Token);
        var rows = 0L;
        while (await call.ResponseStream.MoveNext(Token))
        {
            feed.Set(call.ResponseStream.Current.DataHeader.Memory, call.ResponseStream.Current.DataBody.Memory);
            using var batch = await decoder.ReadNextRecordBatchAsync(Token);
            rows += batch.Length;
        }

        return rows;
    }
}
