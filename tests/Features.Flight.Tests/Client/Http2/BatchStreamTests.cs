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

    private readonly BatchReads reads = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
                Assert.Equal(expected, await reads.ReadAsync(server.Address));
                await server.DoneAsync();
            },
            iter: 40, threads: 1);
        Assert.Equal(0, reads.Allocator.Bytes);
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

        Assert.Equal(3, (await reads.ReadAsync(server.Address)).Count);
        Assert.Equal(0, reads.Allocator.Bytes);
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

        var refusal = await reads.RefusedAsync(server.Address, reads.Options with { BearerToken = "secret", StreamTimeout = TimeSpan.FromSeconds(90) });

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
        using var client = new DatasetClient(server.Address, reads.Options);

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

        Assert.Equal(Rows, (await reads.ReadAsync(server.Address)).Count);
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
        using var client = new DatasetClient(server.Address, reads.Options);
        await using (await client.StreamAsync(server.Address, "t"u8.ToArray(), Token))
        {
            await answered.Task.WaitAsync(Token);
        }

        client.Dispose();
        await server.DoneAsync();
        Assert.Equal(0, reads.Allocator.Bytes);
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
        using var client = new DatasetClient(server.Address, reads.Options);
        await (await client.StreamAsync(server.Address, "t"u8.ToArray(), Token)).DisposeAsync();
        Assert.Equal(0, reads.Allocator.Bytes);

        await using (var stream = await client.StreamAsync(server.Address, "t"u8.ToArray(), Token))
        {
            Assert.Equal(Rows, (await BatchReads.RowsAsync(stream)).Count);
        }

        client.Dispose();
        await server.DoneAsync();
        Assert.Equal(0, reads.Allocator.Bytes);
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
        using var client = new DatasetClient(server.Address, reads.Options);
        for (var i = 0; i < 2; i++)
        {
            await using var stream = await client.StreamAsync(server.Address, "t"u8.ToArray(), Token);
            Assert.Equal(Rows, (await BatchReads.RowsAsync(stream)).Count);
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
        using var client = new DatasetClient(server.Address, reads.Options);
        await using (var stream = await client.StreamAsync(server.Address, "t"u8.ToArray(), Token))
        {
            // The server may send no more than the window until somebody reads.
            await stopped.Task.WaitAsync(Token);
            Assert.InRange(stream.HeldBytes, 0, Window);
            Assert.InRange(spent, 1, Window + messages[0].Length);
            Assert.Equal(40_000, (await BatchReads.RowsAsync(stream)).Count);
        }

        client.Dispose();
        await server.DoneAsync();
        Assert.InRange(reads.Allocator.Peak, 1, 3 * Window);
        Assert.Equal(0, reads.Allocator.Bytes);
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

        Assert.Equal(30_000, (await reads.ReadAsync(server.Address)).Count);
    }
}
