using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Features.Flight.Protocol;
using Features.Flight.Serving.DataPlane;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Features.Flight.Tests.Serving.DataPlane;

/// <summary>DoGet as bytes over HTTP/2, so that a test can send what no gRPC client would.</summary>
internal sealed class RawCalls(FlightHost host) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { EnableMultipleHttp2Connections = true })
    {
        BaseAddress = host.Address,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A request's one message, with gRPC's prefix.</summary>
    public static byte[] Message(ReadOnlySpan<byte> payload, byte flag = 0, int? length = null)
    {
        var message = new byte[5 + payload.Length];
        message[0] = flag;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), length ?? payload.Length);
        payload.CopyTo(message.AsSpan(5));
        return message;
    }

    /// <summary>A request for a ticket that GetFlightInfo gave.</summary>
    public async Task<byte[]> PlannedAsync(string command)
    {
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightService.FlightServiceClient(channel);
        var descriptor = new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = ByteString.CopyFromUtf8(command) };
        return Message((await client.GetFlightInfoAsync(descriptor, cancellationToken: Token)).Endpoint[0].Ticket.ToByteArray());
    }

    /// <summary>The answer once its headers are there.</summary>
    public Task<HttpResponseMessage> BeginAsync(byte[] body, string contentType = "application/grpc", HttpMethod? method = null, string? timeout = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Post, DoGetEndpoint.Path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = method == HttpMethod.Get ? null : new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } },
        };
        if (timeout is not null)
        {
            request.Headers.Add("grpc-timeout", timeout);
        }

        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    /// <summary>The status and message that an answer ends with.</summary>
    public async Task<(StatusCode Status, string Message)> EndAsync(byte[] body, string? timeout = null)
    {
        using var response = await BeginAsync(body, timeout: timeout);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType?.ToString());
        await response.Content.ReadAsByteArrayAsync(Token);
        return StatusOf(response);
    }

    /// <summary>The status and message of an answer that was read to its end.</summary>
    public static (StatusCode Status, string Message) StatusOf(HttpResponseMessage response) => (
        (StatusCode)int.Parse(response.TrailingHeaders.GetValues("grpc-status").Single(), CultureInfo.InvariantCulture),
        response.TrailingHeaders.TryGetValues("grpc-message", out var messages) ? Uri.UnescapeDataString(messages.Single()) : "");

    /// <summary>The lengths of the messages in a body; fails if the last one is cut off.</summary>
    public static List<int> MessagesOf(ReadOnlySpan<byte> body)
    {
        var lengths = new List<int>();
        while (!body.IsEmpty)
        {
            Assert.Equal(0, body[0]);
            lengths.Add(BinaryPrimitives.ReadInt32BigEndian(body[1..]));
            body = body[(5 + lengths[^1])..];
        }

        return lengths;
    }

    public void Dispose() => http.Dispose();
}
