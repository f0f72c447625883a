using System.Buffers.Binary;
using Apache.Arrow;
using Features.Flight.Client;
using Features.Flight.Client.Hpack;
using Features.Flight.Client.Http2;
using Features.Flight.Client.Streams;
using Features.Flight.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace Features.Flight.Tests.Client.Http2;

/// <summary>One DoGet against a server that says what it likes, byte for byte.</summary>
public class BatchStreamTests
{
    private const int Rows = 40;
    private const int Batch = 16;

    private readonly CountingAllocator allocator = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private DatasetClientOptions Options => new() { Allocator = allocator, MaxMessageBytes = 1 << 20, PrefetchBytes = 64 << 10 };

    [Fact]
    public async Task Stream_CutAnywhere_ReadsTheSame()
    {
        var messages = FlightBytes.Stream(Tables.Schema, Tables.Rows, Rows, Batch);
        byte[] response = [.. messages.SelectMany(message => message)];
        using var source = Tables.Rows(0, Rows);
        var expected = Cells.RowsOf(source).ToList();

        // The property holds for frames that are cut at any byte, padded or not, and for reads that are cut at any byte.
        await Gen.Select(Gen.Int[1, response.Length], Gen.Int[1, 4096], Gen.Int[0, 255], Gen.Bool).SampleAsync(
            async (frameBytes, writeBytes, pad, isPadded) =>
            {
                await using var server = new ScriptedServer(async connection =>
                {
                    var (id, _, _) = await connection.RequestAsync();
                    await connection.BeginAsync(id);
                    var wire = new List<byte>();
                    foreach (var part in response.Chunk(Math.Min(frameBytes, 16_000)))
                    {
                        wire.AddRange(ScriptedConnection.Frame(FrameType.Data, isPadded ? FrameFlags.Padded : FrameFlags.None, id, isPadded ? [(byte)pad, .. part, .. new byte[pad]] : part));
                    }

                    foreach (var piece in wire.Chunk(writeBytes))
                    {
                        await connection.RawAsync(piece);
                    }

                    await connection.EndAsync(id);
                    await connection.UntilClosedAsync();
                });
                Assert.Equal(expected, await ReadAsync(server.Address));
                await server.DoneAsync();
            },
            iter: 40, threads: 1);
        Assert.Equal(0, allocator.Bytes);
    }

    [Fact]
    public async Task Stream_OneByteAFrameAndARead_ReadsTheSame()
    {
        byte[] response = [.. FlightBytes.Stream(Tables.Narrow, Tables.NarrowRows, 3, 2).SelectMany(message => message)];
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, _, _) = await connection.RequestAsync();
            await connection.BeginAsync(id);
            foreach (var octet in response)
            {
                foreach (var part in ScriptedConnection.Frame(FrameType.Data, FrameFlags.None, id, [octet]))
                {
                    await connection.RawAsync(new[] { part });
                }
            }

            await connection.EndAsync(id);
            await connection.UntilClosedAsync();
        });

        Assert.Equal(3, (await ReadAsync(server.Address)).Count);
        Assert.Equal(0, allocator.Bytes);
    }

    [Fact]
    public async Task Request_SaysTheCallItsLimitsAndTheTicket()
    {
        (List<Header> Headers, byte[] Body) request = ([], []);
        Dictionary<SettingKey, int> settings = [];
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, headers, body) = await connection.RequestAsync();
            (request, settings) = ((headers, body), connection.Settings);
            await connection.EndAsync(id, "5", "gone%20%C3%BC");
            await connection.UntilClosedAsync();
        });

        var refusal = await RefusedAsync(server.Address, Options with { BearerToken = "secret", StreamTimeout = TimeSpan.FromSeconds(90) });

        Assert.Equal((StatusCode.NotFound, "gone ü"), (refusal.StatusCode, refusal.Detail));
        await server.DoneAsync();
        Assert.Equal((0, 0, 64 << 10, 1 << 20), (settings[SettingKey.HeaderTableSize], settings[SettingKey.EnablePush], settings[SettingKey.InitialWindowSize], settings[SettingKey.MaxFrameSize]));
        Assert.Equal("/arrow.flight.protocol.FlightService/DoGet", request.Headers.Single(header => header.Name == ":path").Value);
        Assert.Equal("Bearer secret", request.Headers.Single(header => header.Name == "authorization").Value);
        Assert.Equal("90000m", request.Headers.Single(header => header.Name == "grpc-timeout").Value);
        Assert.Equal("ticket", Ticket.Parser.ParseFrom(request.Body, 5, request.Body.Length - 5).Ticket_.ToStringUtf8());
    }

    [Fact]
    public async Task Request_UnderANarrowWindow_IsSentInPartsAsItOpens()
    {
        byte[] body = [];
        await using var server = new ScriptedServer(async connection =>
        {
            // A window of three bytes on the stream, opened by and by.
            await connection.SendAsync(FrameType.Settings, FrameFlags.None, 0, [0, 4, 0, 0, 0, 3]);
            for (var (isAcknowledged, isAsked) = (false, false); !isAcknowledged || !isAsked;)
            {
                // Either may come first.
                var (frame, _) = await connection.ReadFrameAsync();
                isAcknowledged |= frame.Type == FrameType.Settings && frame.Flags.HasFlag(FrameFlags.Acknowledgement);
                isAsked |= frame.Type == FrameType.Headers;
            }

            await connection.EndAsync(1, "14");
            await connection.WaitForAsync(FrameType.Headers);
            for (var i = 0; i < 20; i++)
            {
                await connection.SendAsync(FrameType.WindowUpdate, FrameFlags.None, 3, [0, 0, 0, 1]);
            }

            (var id, _, body) = await connection.RequestAsync(greet: false);
            await connection.EndAsync(id, "5");
            await connection.UntilClosedAsync();
        });
        using var client = new DatasetClient(server.Address, Options);

        await Assert.ThrowsAsync<RpcException>(() => client.StreamAsync(server.Address, "first"u8.ToArray(), Token));
        await Assert.ThrowsAsync<RpcException>(() => client.StreamAsync(server.Address, "ticket"u8.ToArray(), Token));

        client.Dispose();
        await server.DoneAsync();
        Assert.Equal("ticket", Ticket.Parser.ParseFrom(body, 5, body.Length - 5).Ticket_.ToStringUtf8());
    }

    [Fact]
    public async Task Headers_InManyFramesHuffmanCodedAndPadded_AreRead()
    {
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, _, _) = await connection.RequestAsync();

            // :status 200; content-type: application/grpc, coded; cut into three frames, the first padded and with a priority.
            byte[] block = [0x88, 0x5F, .. Convert.FromHexString("8b1d75d0620d263d4c4d6564")];
            await connection.SendAsync(FrameType.Headers, FrameFlags.Padded | FrameFlags.Priority, id, [2, 0, 0, 0, 0, 16, .. block[..1], 0, 0]);
            await connection.SendAsync(FrameType.Continuation, FrameFlags.None, id, block[1..3]);
            await connection.SendAsync(FrameType.Continuation, FrameFlags.EndHeaders, id, block[3..]);
            foreach (var message in FlightBytes.Stream(Tables.Narrow, Tables.NarrowRows, Rows, Batch))
            {
                await connection.DataAsync(id, message);
            }

            await connection.EndAsync(id);
            await connection.UntilClosedAsync();
        });

        Assert.Equal(Rows, (await ReadAsync(server.Address)).Count);
    }

    [Fact]
    public async Task Pings_AreAnsweredWhileNobodyReads()
    {
        var answered = new TaskCompletionSource();
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, _, _) = await connection.RequestAsync();
            await connection.BeginAsync(id);
            foreach (var message in FlightBytes.Stream(Tables.Narrow, Tables.NarrowRows, Rows, Batch))
            {
                await connection.DataAsync(id, message);
            }

            await connection.SendAsync(FrameType.Ping, FrameFlags.None, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
            var (_, payload) = await connection.WaitForAsync(FrameType.Ping, FrameFlags.Acknowledgement);
            Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], payload);
            answered.SetResult();
            await connection.UntilClosedAsync();
        });
        using var client = new DatasetClient(server.Address, Options);
        await using (await client.StreamAsync(server.Address, "t"u8.ToArray(), Token))
        {
            await answered.Task.WaitAsync(Token);
        }

        client.Dispose();
        await server.DoneAsync();
        Assert.Equal(0, allocator.Bytes);
    }

    [Fact]
    public async Task Cancelled_InMidMessage_ResetsTheStreamAndUsesTheConnectionAgain()
    {
        var messages = FlightBytes.Stream(Tables.Narrow, Tables.NarrowRows, Rows, Batch);
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, _, _) = await connection.RequestAsync();
            await connection.BeginAsync(id);
            await connection.DataAsync(id, messages[0]);
            await connection.DataAsync(id, messages[1][..100]);
            var (frame, payload) = await connection.WaitForAsync(FrameType.ResetStream);
            Assert.Equal((id, Http2Error.Cancel), (frame.Stream, (Http2Error)BinaryPrimitives.ReadUInt32BigEndian(payload)));

            // What was on its way is dropped; the table that its headers fill is the connection's.
            await connection.DataAsync(id, messages[1][100..]);
            await connection.EndAsync(id);
            (id, _, _) = await connection.RequestAsync(greet: false);
            Assert.Equal(3, id);
            await connection.BeginAsync(id);
            foreach (var message in messages)
            {
                await connection.DataAsync(id, message);
            }

            await connection.EndAsync(id);
            await connection.UntilClosedAsync();
        });
        using var client = new DatasetClient(server.Address, Options);
        await (await client.StreamAsync(server.Address, "t"u8.ToArray(), Token)).DisposeAsync();
        Assert.Equal(0, allocator.Bytes);

        await using (var stream = await client.StreamAsync(server.Address, "t"u8.ToArray(), Token))
        {
            Assert.Equal(Rows, (await RowsAsync(stream)).Count);
        }

        client.Dispose();
        await server.DoneAsync();
        Assert.Equal(0, allocator.Bytes);
    }

    [Fact]
    public async Task Goodbye_InMidStream_LetsItEndAndTakesNoOther()
    {
        var messages = FlightBytes.Stream(Tables.Narrow, Tables.NarrowRows, Rows, Batch);
        async Task Script(ScriptedConnection connection)
        {
            var (id, _, _) = await connection.RequestAsync();
            Assert.Equal(1, id);
            await connection.BeginAsync(id);
            await connection.DataAsync(id, messages[0]);
            await connection.SendAsync(FrameType.GoAway, FrameFlags.None, 0, [0, 0, 0, 1, 0, 0, 0, 0, .. "bye"u8]);
            foreach (var message in messages.Skip(1))
            {
                await connection.DataAsync(id, message);
            }

            await connection.EndAsync(id);
            await connection.UntilClosedAsync();
        }

        await using var server = new ScriptedServer(Script, Script);
        using var client = new DatasetClient(server.Address, Options);
        for (var i = 0; i < 2; i++)
        {
            await using var stream = await client.StreamAsync(server.Address, "t"u8.ToArray(), Token);
            Assert.Equal(Rows, (await RowsAsync(stream)).Count);
        }

        await server.DoneAsync();
    }

    [Fact]
    public async Task Window_OfAConsumerThatStops_BoundsWhatIsReceived()
    {
        const int Window = 64 << 10;
        var messages = FlightBytes.Stream(Tables.Narrow, Tables.NarrowRows, 40_000, 1000);
        var spent = 0;
        var stopped = new TaskCompletionSource();
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, _, _) = await connection.RequestAsync();
            await connection.BeginAsync(id);
            var window = Window;
            foreach (var message in messages)
            {
                while (message.Length > window)
                {
                    if (spent > 0 && window < Window / 2 && !stopped.Task.IsCompleted)
                    {
                        stopped.SetResult();
                    }

                    var (frame, payload) = await connection.WaitForAsync(FrameType.WindowUpdate);
                    window += frame.Stream == id ? BinaryPrimitives.ReadInt32BigEndian(payload) : 0;
                }

                window -= message.Length;
                spent += message.Length;
                await connection.DataAsync(id, message);
            }

            await connection.EndAsync(id);
            await connection.UntilClosedAsync();
        });
        using var client = new DatasetClient(server.Address, Options);
        await using (var stream = await client.StreamAsync(server.Address, "t"u8.ToArray(), Token))
        {
            // The server may send no more than the window until somebody reads.
            await stopped.Task.WaitAsync(Token);
            Assert.InRange(stream.HeldBytes, 0, Window);
            Assert.InRange(spent, 1, Window + messages[0].Length);
            Assert.Equal(40_000, (await RowsAsync(stream)).Count);
        }

        client.Dispose();
        await server.DoneAsync();
        Assert.InRange(allocator.Peak, 1, 3 * Window);
        Assert.Equal(0, allocator.Bytes);
    }

    [Fact]
    public async Task Message_LargerThanTheWindow_IsGrantedWhatItNeeds()
    {
        var messages = FlightBytes.Stream(Tables.Narrow, Tables.NarrowRows, 30_000, 30_000);
        await using var server = new ScriptedServer(async connection =>
        {
            var (id, _, _) = await connection.RequestAsync();
            await connection.BeginAsync(id);
            long window = 64 << 10;
            foreach (var part in messages.SelectMany(message => message).Chunk(10_000))
            {
                while (part.Length > window)
                {
                    var (frame, payload) = await connection.WaitForAsync(FrameType.WindowUpdate);
                    window += frame.Stream == id ? BinaryPrimitives.ReadInt32BigEndian(payload) : 0;
                }

                window -= part.Length;
                await connection.DataAsync(id, part);
            }

            await connection.EndAsync(id);
            await connection.UntilClosedAsync();
        });

        Assert.Equal(30_000, (await ReadAsync(server.Address)).Count);
    }

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

        var refusal = await RefusedAsync(server.Address, Options, readOn: true);

        Assert.Equal(StatusCode.Internal, refusal.StatusCode);
        await server.DoneAsync();
        Assert.Equal(0, allocator.Bytes);
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
        using var client = new DatasetClient(server.Address, Options);
        await using (var stream = await client.StreamAsync(server.Address, "t"u8.ToArray(), Token))
        {
            await server.DoneAsync();
            var error = await Assert.ThrowsAsync<RpcException>(() => RowsAsync(stream));
            Assert.Contains("more than the stream's window", error.Status.Detail, StringComparison.Ordinal);
        }

        Assert.InRange(allocator.Peak, 1, 3 * (64 << 10));
        Assert.Equal(0, allocator.Bytes);
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

        Assert.Equal(expected, (await RefusedAsync(server.Address, Options)).StatusCode);
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

        Assert.Equal(StatusCode.Unavailable, (await RefusedAsync(server.Address, Options)).StatusCode);
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

        var refusal = await RefusedAsync(server.Address, Options);

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

        Assert.Equal(expected, (await RefusedAsync(server.Address, Options, readOn: true)).StatusCode);
        Assert.Equal(0, allocator.Bytes);
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

    private async Task<List<string>> ReadAsync(Uri address)
    {
        using var client = new DatasetClient(address, Options);
        await using var stream = await client.StreamAsync(address, "ticket"u8.ToArray(), Token);
        return await RowsAsync(stream);
    }

    private static async Task<List<string>> RowsAsync(BatchStream stream)
    {
        var rows = new List<string>();
        while (await stream.NextAsync() is { } received)
        {
            using var batch = new DatasetBatch(stream, received, 0, received.Rows, 0, 0);
            Assert.Equal(0, (received.Block?.Address ?? 0) % 64);
            rows.AddRange(Cells.RowsOf(batch.Rows));
        }

        return rows;
    }

    private static async Task<Status> RefusedAsync(Uri address, DatasetClientOptions options, bool readOn = false)
    {
        using var client = new DatasetClient(address, options);
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await using var stream = await client.StreamAsync(address, "ticket"u8.ToArray(), Token);
            Assert.True(readOn);
            while (await stream.NextAsync() is { } received)
            {
                stream.Return(received);
            }
        });
        return error.Status;
    }
}
