using Apache.Arrow;
using Apache.Arrow.Flight.Client;
using Features.Flight.Protocol;
using Features.Flight.Serving;
using Features.Flight.Serving.Put;
using Features.Flight.Tests.Validation;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Serving.Put;

public class PutDoorTests
{
    private const string Readings = """{"table":"plant.readings","id":"a-1"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_RowsOfEveryType_AreCommittedPlainAndReceipted()
    {
        var (sink, access) = (new MemorySink(), new OpenAccess());
        await using var host = await FlightHost.StartAsync(new MemorySource(), access, sink: sink);
        using var first = EveryType.Rows(1, 50);
        using var second = EveryType.Rows(2, 30);

        using var call = new PutCall(host.Address, "ada");
        await SendAsync(call, Readings, WireMessages.Of(first.Schema, first, second));
        var done = (await call.EndAsync())[^1];

        Assert.Equal(NaiveReading.Rows(first).Concat(NaiveReading.Rows(second)), sink.Rows);
        Assert.DoesNotContain(sink.Schema!.FieldsList, field => field.DataType.Name.StartsWith("large", StringComparison.Ordinal) || field.DataType.Name == "dictionary");
        Assert.Equal(("a-1", 80, "9223372036854775807"), (done.GetProperty("id").GetString(), done.GetProperty("rows").GetInt32(), done.GetProperty("snapshot").GetString()));
        var asked = Assert.Single(access.Asked);
        Assert.Equal((FlightPurpose.Put, "ada", MemorySink.Table), (asked.Purpose, asked.Subject, asked.Dataset));
        Assert.Equal(first.Schema.FieldsList.Select(field => field.Name), asked.Columns);
        Assert.Equal(0, sink.Open);
    }

    [Fact]
    public async Task Put_FromTheStockClient_ByPath_IsCommitted()
    {
        var sink = new MemorySink();
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: sink);
        using var channel = GrpcChannel.ForAddress(host.Address);
        using var rows = Tables.Rows(0, 500);
        var call = await new FlightClient(channel).StartPut(Apache.Arrow.Flight.FlightDescriptor.CreatePathDescriptor(MemorySink.Table), Tables.Schema);
        await call.RequestStream.WriteAsync(rows);
        await call.RequestStream.CompleteAsync();
        var results = new List<string>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            results.Add(call.ResponseStream.Current.ApplicationMetadata.ToStringUtf8());
        }

        Assert.Contains("\"rows\":500", Assert.Single(results), StringComparison.Ordinal);
        Assert.Equal(NaiveReading.Rows(rows), sink.Rows);
    }

    public static TheoryData<string, StatusCode, string> Commands => new()
    {
        { "{}", StatusCode.InvalidArgument, "either 'table'" },
        { "not json", StatusCode.InvalidArgument, "schemas/flight/put/request.schema.json" },
        { """{"table":"plant.readings","id":"../../etc"}""", StatusCode.InvalidArgument, "'id' must be" },
        { """{"table":"plant.other"}""", StatusCode.NotFound, "plant.other" },
        { """{"push":"nobody"}""", StatusCode.NotFound, "nobody" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Put_OfACommandThatNamesNoTarget_IsRefused(string command, StatusCode status, string message)
    {
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: new MemorySink());
        using var rows = Tables.NarrowRows(0, 1);
        using var call = new PutCall(host.Address);
        await SendAsync(call, command, WireMessages.Of(rows.Schema, rows));

        var refusal = await call.RefusalAsync();

        Assert.Equal(status, refusal.StatusCode);
        Assert.Contains(message, refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_ThatThePolicyDenies_IsNotBegun()
    {
        var sink = new MemorySink();
        await using var host = await FlightHost.StartAsync(new MemorySource(), new OpenAccess { Rule = access => FlightDecision.Deny($"no {access.Purpose} for you") }, sink: sink);
        using var rows = Tables.NarrowRows(0, 1);
        using var call = new PutCall(host.Address);
        await SendAsync(call, Readings, WireMessages.Of(rows.Schema, rows));

        Assert.Equal((StatusCode.PermissionDenied, "no Put for you"), Pair(await call.RefusalAsync()));
        Assert.Null(sink.Schema);
    }

    [Theory]
    [InlineData("plant.readings")]
    [InlineData("plant.other")]
    public async Task Put_IntoATableThatThePolicyDenies_IsRefusedBeforeItIsLookedFor(string table)
    {
        var sink = new MemorySink();
        await using var host = await FlightHost.StartAsync(new MemorySource(), new OpenAccess { Rule = access => FlightDecision.Deny("no") }, sink: sink);
        using var rows = Tables.NarrowRows(0, 1);
        using var call = new PutCall(host.Address);
        await SendAsync(call, $$"""{"table":"{{table}}"}""", WireMessages.Of(rows.Schema, rows));

        Assert.Equal((StatusCode.PermissionDenied, "no"), Pair(await call.RefusalAsync()));
        Assert.Equal(0, sink.Finds);
    }

    [Fact]
    public async Task Put_ToAPushSourceThatThePolicyDenies_DoesNotTellWhetherItIsThereNorItsTable()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource(), new OpenAccess { Rule = access => FlightDecision.Deny($"no grant for {access.Dataset}") }, sink: new MemorySink());
        using var rows = Tables.NarrowRows(0, 1);
        foreach (var push in new[] { MemorySink.Push, "nobody" })
        {
            using var call = new PutCall(host.Address, "eve");
            await SendAsync(call, $$"""{"push":"{{push}}"}""", WireMessages.Of(rows.Schema, rows));
            Assert.Equal((StatusCode.PermissionDenied, $"'eve' may not append to the push source '{push}', or to the table that it would fill"), Pair(await call.RefusalAsync()));
        }
    }

    [Fact]
    public async Task Put_WithADescriptorBeyondItsLimit_IsRefused()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: new MemorySink());
        using var call = new PutCall(host.Address);
        await call.SendAsync(new FlightData { FlightDescriptor = PutCall.To(new string(' ', 1 << 20)) });
        var refusal = await call.RefusalAsync();
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains("the most is 1048576", refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PutFault.Unfit, StatusCode.InvalidArgument)]
    [InlineData(PutFault.IdTaken, StatusCode.AlreadyExists)]
    [InlineData(PutFault.Rejected, StatusCode.FailedPrecondition)]
    [InlineData(PutFault.Waiting, StatusCode.Unavailable)]
    public async Task Put_ThatTheSinkRefuses_HasTheKindsStatus(PutFault fault, StatusCode status)
    {
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: new MemorySink { Refusal = new PutException(fault, "say no") });
        using var rows = Tables.NarrowRows(0, 1);
        using var call = new PutCall(host.Address);
        await SendAsync(call, Readings, WireMessages.Of(rows.Schema, rows));

        Assert.Equal((status, "say no"), Pair(await call.RefusalAsync()));
    }

    [Fact]
    public async Task Put_WithoutASink_IsNotServed()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource());
        using var call = new PutCall(host.Address);
        Assert.Equal(StatusCode.Unimplemented, (await call.RefusalAsync()).StatusCode);
    }

    [Fact]
    public async Task Put_WhoseClientBreaksOff_LeavesNothing()
    {
        var (sink, came) = (new MemorySink(), new TaskCompletionSource());
        sink.Written = _ => came.TrySetResult();
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: sink);
        using var rows = Tables.NarrowRows(0, 100);
        using (var call = new PutCall(host.Address))
        {
            await SendAsync(call, Readings, WireMessages.Of(rows.Schema, rows));
            await came.Task.WaitAsync(Token);
        }

        while (sink.Open > 0)
        {
            await Task.Yield();
        }

        Assert.Empty(sink.Rows);
    }

    [Fact]
    public async Task Put_OfABrokenBatchInMidStream_IsRefusedByColumnAndRow_AndLeavesNothing()
    {
        var sink = new MemorySink();
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: sink);
        var bad = FaultyArrays.Of("utf8");
        var schema = new Schema([new Field("x", bad.DataType, true)], null);
        using var good = new RecordBatch(schema, [new StringArray.Builder().Append("a").Build()], 1);
        using var broken = new RecordBatch(schema, [ArrowArrayFactory.BuildArray(bad)], 2);
        using var call = new PutCall(host.Address);
        await SendAsync(call, Readings, WireMessages.Of(schema, good, broken));

        Assert.Equal((StatusCode.InvalidArgument, "column 'x', row 1 of its batch: its text is no UTF-8; send bytes as binary"), Pair(await call.RefusalAsync()));
        Assert.Empty(sink.Rows);
        Assert.Equal(0, sink.Open);
    }

    [Fact]
    public async Task Put_ThatEndsBeforeItsSchema_IsRefused()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: new MemorySink());
        using var call = new PutCall(host.Address);
        await call.SendAsync(new FlightData { FlightDescriptor = PutCall.To(Readings) });
        var refusal = await Assert.ThrowsAsync<RpcException>(call.EndAsync);
        Assert.Contains("ended before its schema", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_OfNoRows_IsCommitted()
    {
        var sink = new MemorySink();
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: sink);
        using var call = new PutCall(host.Address);
        await SendAsync(call, Readings, WireMessages.Of(Tables.Schema));
        Assert.Equal(0, (await call.EndAsync())[^1].GetProperty("rows").GetInt32());
    }

    internal static async Task SendAsync(PutCall call, string command, List<(byte[] Header, byte[] Body)> messages)
    {
        var descriptor = PutCall.To(command);
        foreach (var (header, body) in messages)
        {
            try
            {
                await call.SendAsync(header, body, descriptor);
            }
            catch (Exception gone) when (gone is RpcException or InvalidOperationException)
            {
                // The service has refused already; why is read from the call.
                return;
            }

            descriptor = null;
        }
    }

    private static (StatusCode, string) Pair(Status status) => (status.StatusCode, status.Detail);
}
