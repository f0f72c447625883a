using Features.Flight.Client;
using Features.Flight.Client.Hpack;
using Features.Flight.Client.Http2;
using Features.Flight.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace Features.Flight.Tests.Client.Http2;

/// <summary>One DoGet against a server that breaks HTTP/2, gRPC or Arrow's format: an error of its kind, and no memory lost.</summary>
public class BatchStreamFaultTests
{
    private const int Rows = 40;
    private const int Batch = 16;

    private readonly BatchReads reads = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("headers frame of another stream")]
    [InlineData("no settings")]
    [InlineData("frame too large")]
    [InlineData("headers too large")]
    [InlineData("continuation flood")]
    [InlineData("ping flood")]
    [InlineData("empty data flood")]
    [InlineData("data inside headers")]
    [InlineData("continuation of nothing")]
    [InlineData("padding past the frame")]
    [InlineData("push")]
    [InlineData("ping of 4 bytes")]
    [InlineData("settings of 5 bytes")]
    [InlineData("window of nothing")]
    [InlineData("window too wide")]
    [InlineData("bad headers")]
    public async Task Server_ThatBreaksHttp2_IsLeftWithAnErrorAndNoMemoryLost(string fault)
    {
        var message = FlightBytes.Stream(Tables.Narrow, Tables.NarrowRows, 8, 8)[0];
        var last = default((FrameHeader Frame, byte[] Payload));
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, _, _) = await connection.RequestAsync(greet: fault != "no settings");
            if (fault is not ("no settings" or "headers too large" or "continuation flood" or "data inside headers" or "bad headers"))
            {
                await connection.BeginAsync(id);
                await connection.DataAsync(id, message);
                await connection.DataAsync(id, [0, 0, 0, 1, 0]);
            }

            try
            {
                await BreakAsync(connection, fault, id);
            }
            catch (IOException)
            {
                // The client has closed the connection while we went on.
            }

            last = await connection.UntilClosedAsync();
        });

        var refusal = await reads.RefusedAsync(server.Address, readOn: true);

        Assert.Equal(StatusCode.Internal, refusal.StatusCode);
        await server.DoneAsync();
        Assert.Equal(0, reads.Allocator.Bytes);
    }

    [Fact]
    public async Task Server_ThatSendsPastTheWindow_IsLeft()
    {
        var messages = FlightBytes.Stream(Tables.Narrow, Tables.NarrowRows, 40_000, 1000);
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, _, _) = await connection.RequestAsync();
            await connection.BeginAsync(id);
            try
            {
                foreach (var message in messages)
                {
                    await connection.DataAsync(id, message);
                }
            }
            catch (IOException)
            {
                // The client has closed the connection while we went on.
            }

            await connection.UntilClosedAsync();
        });
        using var client = new DatasetClient(server.Address, reads.Options);
        await using (var stream = await client.StreamAsync(server.Address, "t"u8.ToArray(), Token))
        {
            await server.DoneAsync();
            var error = await Assert.ThrowsAsync<RpcException>(() => BatchReads.RowsAsync(stream));
            Assert.Contains("more than the stream's window", error.Status.Detail, StringComparison.Ordinal);
        }

        Assert.InRange(reads.Allocator.Peak, 1, 3 * (64 << 10));
        Assert.Equal(0, reads.Allocator.Bytes);
    }

    [Theory]
    [InlineData(0, StatusCode.Internal)]
    [InlineData(7, StatusCode.Unavailable)]
    [InlineData(8, StatusCode.Cancelled)]
    [InlineData(11, StatusCode.ResourceExhausted)]
    [InlineData(12, StatusCode.PermissionDenied)]
    public async Task Reset_ByTheServer_HasTheStatusThatGrpcGivesIt(byte code, StatusCode expected)
    {
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, _, _) = await connection.RequestAsync();
            await connection.SendAsync(FrameType.ResetStream, FrameFlags.None, id, [0, 0, 0, code]);
            await connection.UntilClosedAsync();
        });

        Assert.Equal(expected, (await reads.RefusedAsync(server.Address)).StatusCode);
    }

    [Fact]
    public async Task Goodbye_BeforeTheStreamBegan_IsUnavailable()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            await connection.RequestAsync();
            await connection.SendAsync(FrameType.GoAway, FrameFlags.None, 0, new byte[8]);
            await connection.UntilClosedAsync();
        });

        Assert.Equal(StatusCode.Unavailable, (await reads.RefusedAsync(server.Address)).StatusCode);
    }

    [Theory]
    [InlineData("503", "text/html", StatusCode.Unavailable)]
    [InlineData("401", "text/html", StatusCode.Unauthenticated)]
    [InlineData("404", "text/html", StatusCode.Unimplemented)]
    [InlineData("200", "text/html", StatusCode.Unknown)]
    public async Task Answer_OfAProxy_IsNamedAsWhatItIs(string status, string content, StatusCode expected)
    {
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, _, _) = await connection.RequestAsync();
            await connection.SendAsync(FrameType.Headers, FrameFlags.EndHeaders, id, new HpackEncoder().Encode([new(":status", status), new("content-type", content)]));
            await connection.DataAsync(id, [.. "<html>"u8], FrameFlags.EndStream);
            await connection.UntilClosedAsync();
        });

        var refusal = await reads.RefusedAsync(server.Address);

        Assert.Equal(expected, refusal.StatusCode);
        Assert.Contains("is it a Flight service?", refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cut off", StatusCode.Internal)]
    [InlineData("closed", StatusCode.Unavailable)]
    [InlineData("ok in mid-message", StatusCode.DataLoss)]
    [InlineData("no schema", StatusCode.DataLoss)]
    [InlineData("too large", StatusCode.ResourceExhausted)]
    [InlineData("compressed", StatusCode.Internal)]
    [InlineData("no protobuf", StatusCode.Internal)]
    [InlineData("schema twice", StatusCode.DataLoss)]
    [InlineData("garbage header", StatusCode.DataLoss)]
    public async Task Stream_ThatIsNone_IsRefusedByItsKind(string fault, StatusCode expected)
    {
        var messages = FlightBytes.Stream(Tables.Narrow, Tables.NarrowRows, Rows, Batch);
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, _, _) = await connection.RequestAsync();
            await connection.BeginAsync(id);
            await connection.DataAsync(id, fault == "no schema" ? messages[1] : messages[0]);
            byte[] next = fault switch
            {
                "ok in mid-message" => messages[1][..^1],
                "too large" => [0, 0x7F, 0, 0, 0],
                "compressed" => [1, .. messages[1][1..]],
                "no protobuf" => [0, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF],
                "schema twice" => messages[0],
                "garbage header" => FlightBytes.Message(new FlightData { DataHeader = ByteString.CopyFromUtf8("garbage garbage garbage"), DataBody = ByteString.CopyFrom(new byte[100]) }),
                _ => messages[1],
            };
            await connection.DataAsync(id, next, fault == "cut off" ? FrameFlags.EndStream : FrameFlags.None);
            if (fault == "closed")
            {
                return;
            }

            if (fault == "ok in mid-message")
            {
                await connection.EndAsync(id);
            }

            await connection.UntilClosedAsync();
        });

        Assert.Equal(expected, (await reads.RefusedAsync(server.Address, readOn: true)).StatusCode);
        Assert.Equal(0, reads.Allocator.Bytes);
    }

    private static async Task BreakAsync(ScriptedConnection connection, string fault, int id)
    {
        switch (fault)
        {
            case "headers frame of another stream":
                await connection.SendAsync(FrameType.Headers, FrameFlags.EndHeaders, 99, [0x88]);
                break;
            case "no settings":
                await connection.SendAsync(FrameType.Ping, FrameFlags.None, 0, new byte[8]);
                break;
            case "frame too large":
                await connection.RawAsync(ScriptedConnection.Frame(FrameType.Data, FrameFlags.None, id, new byte[(1 << 20) + 1]));
                break;
            case "headers too large":
                await connection.SendAsync(FrameType.Headers, FrameFlags.None, id, new byte[30 << 10]);
                await connection.SendAsync(FrameType.Continuation, FrameFlags.None, id, new byte[30 << 10]);
                break;
            case "continuation flood":
                await connection.SendAsync(FrameType.Headers, FrameFlags.None, id, [0x88]);
                for (var i = 0; i < 100; i++)
                {
                    await connection.SendAsync(FrameType.Continuation, FrameFlags.None, id, []);
                }

                break;
            case "ping flood":
                var pings = Enumerable.Repeat(ScriptedConnection.Frame(FrameType.Ping, FrameFlags.None, 0, new byte[8]), 1000).SelectMany(ping => ping).ToArray();
                for (var i = 0; i < 10; i++)
                {
                    await connection.RawAsync(pings);
                }

                break;
            case "empty data flood":
                for (var i = 0; i < 10_000; i++)
                {
                    await connection.DataAsync(id, []);
                }

                break;
            case "data inside headers":
                await connection.SendAsync(FrameType.Headers, FrameFlags.None, id, [0x88]);
                await connection.DataAsync(id, [0]);
                break;
            case "continuation of nothing":
                await connection.SendAsync(FrameType.Continuation, FrameFlags.EndHeaders, id, [0x88]);
                break;
            case "padding past the frame":
                await connection.SendAsync(FrameType.Data, FrameFlags.Padded, id, [9, 0, 0]);
                break;
            case "push":
                await connection.SendAsync(FrameType.PushPromise, FrameFlags.EndHeaders, id, [0, 0, 0, 2, 0x82]);
                break;
            case "ping of 4 bytes":
                await connection.SendAsync(FrameType.Ping, FrameFlags.None, 0, new byte[4]);
                break;
            case "settings of 5 bytes":
                await connection.SendAsync(FrameType.Settings, FrameFlags.None, 0, new byte[5]);
                break;
            case "window of nothing":
                await connection.SendAsync(FrameType.WindowUpdate, FrameFlags.None, 0, new byte[4]);
                break;
            case "window too wide":
                await connection.SendAsync(FrameType.WindowUpdate, FrameFlags.None, 0, [0x7F, 0xFF, 0xFF, 0xFF]);
                break;
            default:
                await connection.SendAsync(FrameType.Headers, FrameFlags.EndHeaders, id, [0x80]);
                break;
        }
    }
}
