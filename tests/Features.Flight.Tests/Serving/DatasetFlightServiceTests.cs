using Features.Flight.Cache;
using Features.Flight.Protocol;
using Features.Flight.Serving;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Serving;

public sealed class DatasetFlightServiceTests : IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MemorySource source = new MemorySource().Add("a", 1000).Add("b", 1000).Add("a", 600, outcome: "sha256:masked");
    private readonly OpenAccess access = new();
    private readonly LogLines log = new();
    private FlightHost host = null!;
    private GrpcChannel channel = null!;
    private FlightService.FlightServiceClient client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        host = await FlightHost.StartAsync(source, access, new FlightOptions { MemoryBudgetBytes = 20_000, TicketLifetime = Lifetime, Locations = [new("grpc+tcp://one:1"), new("grpc+tls://two:2")] }, clock, log: log);
        channel = GrpcChannel.ForAddress(host.Address);
        client = new FlightService.FlightServiceClient(channel);
    }

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        await host.DisposeAsync();
    }

    [Fact]
    public async Task GetFlightInfo_AnyRead_FillsInWhatTheProtocolHas()
    {
        var info = await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token);

        Assert.True(info.Ordered);
        Assert.Equal((1000, -1), (info.TotalRecords, info.TotalBytes));
        var endpoint = Assert.Single(info.Endpoint);
        Assert.Equal(["grpc+tcp://one:1", "grpc+tls://two:2"], endpoint.Location.Select(location => location.Uri));
        Assert.Equal(clock.GetUtcNow() + Lifetime, endpoint.ExpirationTime.ToDateTimeOffset());
        Assert.Equal(info.AppMetadata, endpoint.AppMetadata);
        Assert.Equal(info.Schema, (await client.GetSchemaAsync(Path("a"), cancellationToken: Token)).Schema);
        Assert.Equal(1000, (await ReadAsync(endpoint.Ticket)).Count);
        Assert.Equal(12_000, (await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token)).TotalBytes);
    }

    [Fact]
    public async Task Calls_ForWhatDoesNotExist_AreNotFoundAndSayWhatDoes()
    {
        access.Rule = asked => asked.Dataset == "b" ? FlightDecision.Deny("it is secret") : FlightDecision.Allow();

        var error = await RefusedAsync(StatusCode.NotFound, () => client.GetFlightInfoAsync(Path("zebra"), cancellationToken: Token).ResponseAsync);

        Assert.Contains("'zebra'", error, StringComparison.Ordinal);
        Assert.Contains("'a'", error, StringComparison.Ordinal);
        Assert.DoesNotContain("'b'", error, StringComparison.Ordinal);
        using var listing = client.ListFlights(new Criteria(), cancellationToken: Token);
        Assert.Equal(["a"], (await listing.ResponseStream.ReadAllAsync(Token).ToListAsync(Token)).Select(info => info.FlightDescriptor.Path[0]));
    }

    [Fact]
    public async Task List_WithADatasetThatCannotBeRead_NamesItAndTheOthers()
    {
        source.Unreadable = "a";
        using var listing = client.ListFlights(new Criteria(), cancellationToken: Token);
        var infos = await listing.ResponseStream.ReadAllAsync(Token).ToListAsync(Token);

        Assert.Equal([("a", -1L), ("b", 1000L)], infos.Select(info => (info.FlightDescriptor.Path[0], info.TotalRecords)).Order());
    }

    [Fact]
    public async Task Calls_NotWellFormed_AreInvalidArguments()
    {
        foreach (var descriptor in new[] { new FlightDescriptor(), Path("a", "b"), Path(""), Command("{}"), Command("""{"dataset":"a","colour":1}"""), Command("""{"dataset":"a","position":1001}""") })
        {
            await RefusedAsync(StatusCode.InvalidArgument, () => client.GetFlightInfoAsync(descriptor, cancellationToken: Token).ResponseAsync);
        }

        await RefusedAsync(StatusCode.InvalidArgument, () => client.GetFlightInfoAsync(Command(new string(' ', 2 << 20)), cancellationToken: Token).ResponseAsync);
        await RefusedAsync(StatusCode.Unimplemented, () => client.GetFlightInfoAsync(Command("""{"dataset":"a","filter":"x > 1"}"""), cancellationToken: Token).ResponseAsync);
        var error = await RefusedAsync(StatusCode.InvalidArgument, () => client.GetFlightInfoAsync(Command("""{"dataset":"a","columns":["y","x"]}"""), cancellationToken: Token).ResponseAsync);
        Assert.Contains("no column 'y'; it has 'id', 'x'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DoGet_TicketOfAnotherTimeOrHandOrSubject_IsRefusedEachWithItsStatus()
    {
        var ticket = (await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token)).Endpoint[0].Ticket;
        Assert.Equal(1000, (await ReadAsync(ticket)).Count);
        Assert.Equal(1000, (await ReadAsync(ticket)).Count);

        await RefusedAsync(StatusCode.PermissionDenied, () => ReadAsync(ticket, "eve"));
        await RefusedAsync(StatusCode.InvalidArgument, () => ReadAsync(new Ticket()));
        var forged = ticket.Ticket_.ToByteArray();
        forged[20] ^= 1;
        await RefusedAsync(StatusCode.Unauthenticated, () => ReadAsync(new Ticket { Ticket_ = ByteString.CopyFrom(forged) }));
        clock.Advance(Lifetime);
        await RefusedAsync(StatusCode.FailedPrecondition, () => ReadAsync(ticket));
    }

    [Fact]
    public async Task Policy_IsAskedAtThePlanAndAgainAtEveryDoGet()
    {
        var info = await client.GetFlightInfoAsync(Command("""{"dataset":"a","columns":["x"]}"""), Header("ada"), cancellationToken: Token);
        await ReadAsync(info.Endpoint[0].Ticket, "ada");

        Assert.Equal([FlightPurpose.Plan, FlightPurpose.Read], access.Asked.Select(asked => asked.Purpose));
        Assert.All(access.Asked, asked => Assert.Equal(("ada", "a", "x"), (asked.Subject, asked.Dataset, asked.Columns.Single())));
        Assert.NotNull(access.Asked[1].TicketId);
        Assert.Equal("127.0.0.1", access.Asked[1].Client);

        access.Rule = asked => asked.Purpose == FlightPurpose.Read ? FlightDecision.Deny("consent was withdrawn") : FlightDecision.Allow();
        Assert.Contains("consent was withdrawn", await RefusedAsync(StatusCode.PermissionDenied, () => ReadAsync(info.Endpoint[0].Ticket, "ada")), StringComparison.Ordinal);

        access.Rule = _ => throw new InvalidOperationException("the policy engine is down at 10.0.0.7");
        var error = await RefusedAsync(StatusCode.Internal, () => ReadAsync(info.Endpoint[0].Ticket, "ada"));
        Assert.DoesNotContain("10.0.0.7", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_Outcome_IsServedMaskedOrNotAtAllAndEndsOlderTickets()
    {
        var plain = (await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token)).Endpoint[0].Ticket;
        access.Rule = _ => FlightDecision.Allow("sha256:masked");

        await RefusedAsync(StatusCode.FailedPrecondition, () => ReadAsync(plain));
        var masked = await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token);
        Assert.Equal(600, (await ReadAsync(masked.Endpoint[0].Ticket)).Count);
        await RefusedAsync(StatusCode.PermissionDenied, () => client.GetFlightInfoAsync(Path("b"), cancellationToken: Token).ResponseAsync);
    }

    [Fact]
    public async Task DoGet_DatasetChangedSinceThePlan_AsksForANewPlan()
    {
        var ticket = (await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token)).Endpoint[0].Ticket;
        source.Add("a", 1001);

        Assert.Contains("GetFlightInfo", await RefusedAsync(StatusCode.FailedPrecondition, () => ReadAsync(ticket)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DoGet_LoadThatFails_NeverLooksLikeAnEmptyStream()
    {
        var ticket = (await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token)).Endpoint[0].Ticket;

        source.Missing = 1;
        Assert.Contains("999 rows", await RefusedAsync(StatusCode.DataLoss, () => ReadAsync(ticket)), StringComparison.Ordinal);
        source.Missing = 0;
        source.BeforeBatch = (_, _) => throw new IOException("the store is away");
        await RefusedAsync(StatusCode.Unavailable, () => ReadAsync(ticket));
        source.BeforeBatch = (_, _) => Task.CompletedTask;
        source.Add("big", 2000);
        var big = (await client.GetFlightInfoAsync(Path("big"), cancellationToken: Token)).Endpoint[0].Ticket;
        Assert.Contains("budget is 20000", await RefusedAsync(StatusCode.ResourceExhausted, () => ReadAsync(big)), StringComparison.Ordinal);
        Assert.Equal(1000, (await ReadAsync(ticket)).Count);
    }

    [Theory]
    [InlineData(SourceFault.Unreachable, StatusCode.Unavailable)]
    [InlineData(SourceFault.Unreadable, StatusCode.FailedPrecondition)]
    [InlineData(SourceFault.Unsupported, StatusCode.Unimplemented)]
    public async Task Calls_ForWhatCannotBeRead_SayWhyToThoseWhoMayKnowAndToTheLogInOneLine(SourceFault kind, StatusCode status)
    {
        source.Fault = name => new DatasetSourceException(kind, $"the manifest list of '{name}' is gone; restore it", new InvalidOperationException("inner"));
        Assert.Contains("restore it", await RefusedAsync(status, () => client.GetFlightInfoAsync(Path("torn"), cancellationToken: Token).ResponseAsync), StringComparison.Ordinal);
        var planned = Assert.Single(log.Take());
        Assert.Equal((LogLevel.Warning, false), (planned.Level, planned.HasStack));
        Assert.Contains("the manifest list of 'torn' is gone; restore it", planned.Text, StringComparison.Ordinal);

        var ticket = (await client.GetFlightInfoAsync(Path("a"), cancellationToken: Token)).Endpoint[0].Ticket;
        source.BeforeBatch = (_, _) => throw new DatasetSourceException(kind, "the file 'x.orc' is gone; restore it");
        Assert.Contains("'a' could not be loaded: the file 'x.orc' is gone; restore it", await RefusedAsync(status, () => ReadAsync(ticket)), StringComparison.Ordinal);
        var loaded = Assert.Single(log.Take());
        Assert.Equal((LogLevel.Warning, false), (loaded.Level, loaded.HasStack));

        access.Rule = _ => FlightDecision.Deny("it is secret");
        Assert.DoesNotContain("manifest", await RefusedAsync(StatusCode.PermissionDenied, () => client.GetFlightInfoAsync(Path("torn"), cancellationToken: Token).ResponseAsync), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DoGet_NumberBeyondTheTensorsType_IsARequestThatThisDataCannotMeet()
    {
        source.Add("wide", 300_000, roles: new Dictionary<string, ColumnRole> { ["id"] = ColumnRole.Feature, ["x"] = ColumnRole.Feature }, digest: "wide");
        source.BatchRows = 300_000;
        await using var roomy = await FlightHost.StartAsync(source, access, log: log);
        using var other = GrpcChannel.ForAddress(roomy.Address);
        var flights = new FlightService.FlightServiceClient(other);
        var info = await flights.GetFlightInfoAsync(Command("""{"dataset":"wide","layout":"tensor","tensor":{"type":"float16"}}"""), cancellationToken: Token);
        var error = await RefusedAsync(StatusCode.FailedPrecondition, async () =>
        {
            using var call = flights.DoGet(info.Endpoint[0].Ticket, cancellationToken: Token);
            await call.ResponseStream.ReadAllAsync(Token).ToListAsync(Token);
        });

        Assert.Contains("the feature 'id' holds a number in row 65520 that is beyond float16 (±65504); ask for float32, leave the feature out of 'columns', or scale it", error, StringComparison.Ordinal);
        var line = Assert.Single(log.Take());
        Assert.Equal((LogLevel.Warning, false), (line.Level, line.HasStack));
    }

    [Fact]
    public async Task PollFlightInfo_WhileItLoads_TellsTheProgressAndThenIsDone()
    {
        source.BatchRows = 250;
        var reached = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        source.BeforeBatch = (row, _) =>
        {
            if (row < 500)
            {
                return Task.CompletedTask;
            }

            reached.TrySetResult();
            return gate.Task;
        };

        var polling = client.PollFlightInfoAsync(Path("a"), cancellationToken: Token).ResponseAsync;
        await reached.Task;
        while (!polling.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        var first = await polling;
        Assert.Equal(0.5, first.Progress);
        Assert.NotNull(first.FlightDescriptor);
        gate.SetResult();
        var last = await client.PollFlightInfoAsync(first.FlightDescriptor, cancellationToken: Token);
        Assert.Equal(TicketIdOf(first.Info), TicketIdOf(last.Info));
        Assert.Equal(1, last.Progress);
        Assert.Null(last.FlightDescriptor);
        Assert.Equal(12_000, last.Info.TotalBytes);
        Assert.Equal(1, source.Reads);
    }

    [Fact]
    public async Task DoGet_NothingLeft_IsTheSchemaAndNoMore()
    {
        var info = await client.GetFlightInfoAsync(Command("""{"dataset":"a","position":1000}"""), cancellationToken: Token);
        Assert.Equal(0, info.TotalRecords);
        Assert.Empty(await ReadAsync(info.Endpoint[0].Ticket));
    }

    [Fact]
    public async Task Calls_NotServed_SayWhatToUseInstead()
    {
        using var put = client.DoPut(cancellationToken: Token);
        Assert.Contains("takes no rows", await RefusedAsync(StatusCode.Unimplemented, () => put.ResponseStream.MoveNext(Token)), StringComparison.Ordinal);
        using var exchange = client.DoExchange(cancellationToken: Token);
        await RefusedAsync(StatusCode.Unimplemented, () => exchange.ResponseStream.MoveNext(Token));
        using var handshake = client.Handshake(cancellationToken: Token);
        Assert.Contains("Bearer", await RefusedAsync(StatusCode.Unimplemented, () => handshake.ResponseStream.MoveNext(Token)), StringComparison.Ordinal);
    }

    private static FlightDescriptor Path(params string[] parts) => new() { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { parts } };

    private static FlightDescriptor Command(string json) => new() { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = ByteString.CopyFromUtf8(json) };

    private static string TicketIdOf(FlightInfo info)
    {
        var ticket = info.Endpoint.Single().Ticket.Ticket_.Span;
        return TicketClaimsJson.Read(System.Buffers.Text.Base64Url.DecodeFromUtf8(ticket[..ticket.IndexOf((byte)'.')])).Id;
    }

    private static Metadata Header(string subject) => new() { { "x-subject", subject } };

    private static async Task<string> RefusedAsync(StatusCode status, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(status, error.StatusCode);
        Assert.NotEmpty(error.Status.Detail);
        return error.Status.Detail;
    }

    private async Task<List<string>> ReadAsync(Ticket ticket, string? subject = null)
    {
        using var call = client.DoGet(ticket, subject is null ? null : Header(subject), cancellationToken: Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));
        using var feed = new MessageFeed();
        using var decoder = new Apache.Arrow.Ipc.ArrowStreamReader(feed, leaveOpen: true);
        feed.Set(call.ResponseStream.Current.DataHeader.Memory, call.ResponseStream.Current.DataBody.Memory);
        await decoder.GetSchema(Token);
        var rows = new List<string>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            feed.Set(call.ResponseStream.Current.DataHeader.Memory, call.ResponseStream.Current.DataBody.Memory);
            using var batch = await decoder.ReadNextRecordBatchAsync(Token);
            rows.AddRange(Cells.RowsOf(batch));
        }

        return rows;
    }
}
