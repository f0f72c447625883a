using System.Net;
using Features.Flight.Protocol;
using Features.Flight.Serving.DataPlane;
using Features.Flight.Telemetry;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Features.Flight.Tests.Serving.DataPlane;

/// <summary>What comes in at DoGet, from clients that mean ill or are broken: each is answered with one status, and leaves nothing behind.</summary>
public sealed class DoGetRequestTests : IAsyncLifetime
{
    private FlightHost host = null!;
    private RawCalls calls = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        host = await FlightHost.StartAsync(new MemorySource().Add("a", 1000));
        calls = new RawCalls(host);
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Empty(host.Services.GetRequiredService<ActiveStreams>().List());
        calls.Dispose();
        await host.DisposeAsync();
    }

    [Fact]
    public async Task Request_NotOneWholePlainTicket_IsAnInvalidArgument()
    {
        var ticket = new Ticket { Ticket_ = ByteString.CopyFromUtf8("none.of-this-service") }.ToByteArray();
        var whole = RawCalls.Message(ticket);
        foreach (var (fault, body) in new Dictionary<string, byte[]>
        {
            ["empty"] = [],
            ["within its length"] = [0, 0, 0],
            ["came"] = whole[..^1],
            ["more than one message"] = [.. whole, .. whole],
            ["at most"] = RawCalls.Message(new byte[100], length: int.MaxValue),
            ["negative lengths are 4 GB"] = RawCalls.Message(new byte[100], length: -1),
            ["flag 7"] = RawCalls.Message(ticket, flag: 7),
            ["no Ticket"] = RawCalls.Message([0xff, 0xff, 0xff, 0xff]),
            ["nothing in it"] = RawCalls.Message([]),
            ["huge"] = RawCalls.Message(new Ticket { Ticket_ = ByteString.CopyFrom(new byte[TicketMessage.MaxBytes]) }.ToByteArray()),
        })
        {
            var (status, message) = await calls.EndAsync(body);
            Assert.True(status == StatusCode.InvalidArgument, $"{fault}: {status} {message}");
            Assert.NotEmpty(message);
        }
    }

    [Fact]
    public async Task Request_Compressed_IsNotServed()
    {
        var (status, message) = await calls.EndAsync(RawCalls.Message([1, 2, 3], flag: 1));
        Assert.Equal(StatusCode.Unimplemented, status);
        Assert.Contains("identity", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithATimeoutThatIsNone_IsAnInvalidArgument()
    {
        var (status, message) = await calls.EndAsync(await calls.PlannedAsync("""{"dataset":"a"}"""), timeout: "soon");
        Assert.Equal(StatusCode.InvalidArgument, status);
        Assert.Contains("'soon'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpc+json")]
    public async Task Request_OfAnotherContentType_IsRefusedAsHttpHasIt(string contentType)
    {
        using var response = await calls.BeginAsync(RawCalls.Message([]), contentType);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("application/grpc", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc; charset=utf-8")]
    public async Task Request_OfAContentTypeThatMeansTheSame_IsServed(string contentType)
    {
        using var response = await calls.BeginAsync(await calls.PlannedAsync("""{"dataset":"a","batch":100}"""), contentType);
        var body = await response.Content.ReadAsByteArrayAsync(Token);
        Assert.Equal(11, RawCalls.MessagesOf(body).Count);
        Assert.Equal(StatusCode.OK, RawCalls.StatusOf(response).Status);
        Assert.False(response.Headers.Contains("grpc-encoding"));
    }

    [Fact]
    public async Task Request_ByAnotherMethod_FindsNothing()
    {
        using var response = await calls.BeginAsync([], method: HttpMethod.Get);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Request_OverHttp1_IsABadOne()
    {
        using var http = new HttpClient();
        using var response = await http.PostAsync(new Uri(host.Address, DoGetEndpoint.Path), new ByteArrayContent(RawCalls.Message([])), Token);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }
}
