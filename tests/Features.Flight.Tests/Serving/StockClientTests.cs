using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Client;
using Features.Flight.Cache;
using Features.Flight.Tests.Validation;
using Features.Ordering;
using Grpc.Core;
using Grpc.Net.Client;

namespace Features.Flight.Tests.Serving;

/// <summary>The service as the stock Apache.Arrow.Flight client sees it.</summary>
public class StockClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Path_EveryType_ArrivesEqualToTheSourceWithItsMetadata()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", 7000, Tables.Schema));
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightClient(channel);

        var info = await client.GetInfo(FlightDescriptor.CreatePathDescriptor("all"));
        var rows = await ReadAsync(client, info);

        Assert.Equal(7000, info.TotalRecords);
        Assert.Equal("ops", info.Schema.Metadata["owner"]);
        Assert.Equal("1", info.Schema.GetFieldByName("id").Metadata["PARQUET:field_id"]);
        Assert.Equal(Tables.Schema.FieldsList.Select(field => field.DataType.Name), info.Schema.FieldsList.Select(field => field.DataType.Name));
        using var expected = Tables.Rows(0, 7000);
        Assert.Equal(Cells.RowsOf(expected), rows.Select(row => row.Cells));
        Assert.Equal(Enumerable.Range(0, 7000).Select(i => (long)i), rows.Select(row => row.Position));
        Assert.Equal($"grpc+tcp://{host.Address.Authority}", Assert.Single(info.Endpoints.Single().Locations).Uri);
    }

    [Theory]
    [InlineData(OrderMode.None)]
    [InlineData(OrderMode.Global)]
    public async Task Command_OfEveryType_GivesTheSourcesValues(OrderMode mode)
    {
        using var rows = LoadedTypes.Rows(400);
        await using var host = await FlightHost.StartAsync(new MemorySource { BatchRows = 37 }.Add("types", rows));

        var served = await RowsAsync(host, $$"""{"dataset":"types","batch":61,"shuffle":"{{(mode == OrderMode.None ? "none" : "global")}}","seed":7}""");

        Assert.Equal(Ordered(NaiveReading.Rows(rows), "types", mode), served);
    }

    [Theory]
    [InlineData("float32", "true", OrderMode.None)]
    [InlineData("float32", "false", OrderMode.Global)]
    [InlineData("float16", "false", OrderMode.None)]
    [InlineData("float16", "true", OrderMode.Global)]
    public async Task Command_Tensor_GivesTheSourcesFeaturesAndTheColumnsBesideThem(string type, string mask, OrderMode mode)
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", 2500, Tables.Schema, roles: PackedCells.Roles));
        using var source = Tables.Rows(0, 2500);

        var served = await RowsAsync(
            host, $$"""{"dataset":"all","batch":300,"seed":7,"shuffle":"{{(mode == OrderMode.None ? "none" : "global")}}","layout":"tensor","tensor":{"type":"{{type}}","mask":{{mask}},"fill":-1.5} }""");

        Assert.Equal(Ordered(PackedCells.Rows(source, type == "float16", mask == "true", -1.5f), "all", mode), served);
    }

    [Fact]
    public async Task Command_ShuffledEpochs_HoldEachRowOnceInOrdersOfTheirOwnThatRepeat()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", 1000, Tables.Schema));
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightClient(channel);
        using var source = Tables.Rows(0, 1000);
        var expected = Cells.RowsOf(source).ToList();

        var epochs = new List<List<string>>();
        foreach (var epoch in new[] { 0, 1, 0 })
        {
            var info = await InfoAsync(client, $$"""{"dataset":"all","shuffle":"global","seed":42,"epoch":{{epoch}},"batch":64}""");
            epochs.Add([.. (await ReadAsync(client, info)).Select(row => row.Cells)]);
            Assert.Equal(expected.Order(), epochs[^1].Order());
        }

        Assert.NotEqual(expected, epochs[0]);
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.Equal(epochs[0], epochs[2]);
    }

    [Theory]
    [InlineData("drop")]
    [InlineData("pad")]
    public async Task Command_Ranks_PartTheEpochInEqualSteps(string tail)
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", 1003, Tables.Narrow));
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightClient(channel);

        var ranks = new List<List<(long Position, string Cells)>>();
        for (var rank = 0; rank < 3; rank++)
        {
            var info = await InfoAsync(client, $$"""{"dataset":"all","shuffle":"global","seed":1,"batch":10,"rank":{{rank}},"world":3,"tail":"{{tail}}"}""");
            ranks.Add(await ReadAsync(client, info));
            Assert.Equal(info.TotalRecords, ranks[rank].Count);
        }

        var count = tail == "drop" ? 990 : 1020;
        Assert.All(ranks, rank => Assert.Equal(count / 3, rank.Count));
        var merged = ranks.SelectMany(rank => rank).OrderBy(row => row.Position).ToList();
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), merged.Select(row => row.Position));
        Assert.Equal(Math.Min(count, 1003), merged.Take(1003).Select(row => row.Cells).Distinct().Count());
        Assert.Equal(merged.Take(count - Math.Min(count, 1003)).Select(row => row.Cells), merged.Skip(1003).Select(row => row.Cells));
    }

    [Fact]
    public async Task Command_Columns_ComeInTheOrderAskedFor()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", 10, Tables.Schema));
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightClient(channel);

        var info = await InfoAsync(client, """{"dataset":"all","columns":["name","id"]}""");

        Assert.Equal(["name", "id"], info.Schema.FieldsList.Select(field => field.Name));
        using var source = Tables.Rows(0, 10);
        Assert.Equal(
            Enumerable.Range(0, 10).Select(row => $"{Cells.Of(source.Column("name"), row)}|{Cells.Of(source.Column("id"), row)}"),
            (await ReadAsync(client, info)).Select(row => row.Cells));
    }

    [Fact]
    public async Task Command_Tensor_HasThePackedFeaturesFirstAndTheOthersInTheOrderAskedFor()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("t", 10, roles: new Dictionary<string, ColumnRole> { ["x"] = ColumnRole.Feature }));
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightClient(channel);

        var info = await InfoAsync(client, """{"dataset":"t","layout":"tensor","tensor":{"mask":true},"columns":["id","x"]}""");
        Assert.Equal(["features", "features_mask", "id"], info.Schema.FieldsList.Select(field => field.Name));
        using var call = client.GetStream(info.Endpoints.Single().Ticket);
        Assert.True(await call.ResponseStream.MoveNext(Token));
        Assert.Equal(10, call.ResponseStream.Current.Length);

        var error = await Assert.ThrowsAsync<RpcException>(() => InfoAsync(client, """{"dataset":"t","layout":"tensor","columns":["id"]}"""));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains("names no feature", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batches_LargerThanTheRequestAllows_AreSplitSmaller()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", 100_000));
        using var channel = GrpcChannel.ForAddress(host.Address, new GrpcChannelOptions { MaxReceiveMessageSize = 64 << 10 });
        var client = new FlightClient(channel);
        Assert.Equal(100_000, (await ReadAsync(client, await InfoAsync(client, """{"dataset":"all","batch":100000,"max_message_bytes":65536}"""))).Count);
    }

    [Fact]
    public async Task Batches_LargerThanAMessage_AreSplitInsideTheirStep()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", 200_000), options: new FlightOptions { MaxMessageBytes = 256 << 10 });
        using var channel = GrpcChannel.ForAddress(host.Address, new GrpcChannelOptions { MaxReceiveMessageSize = 256 << 10 });
        var client = new FlightClient(channel);

        var info = await InfoAsync(client, """{"dataset":"all","batch":100000,"shuffle":"global"}""");
        var rows = await ReadAsync(client, info);

        Assert.Equal(Enumerable.Range(0, 200_000).Select(i => (long)i), rows.Select(row => row.Position));
        Assert.Equal(200_000, rows.Select(row => row.Cells).Distinct().Count());
    }

    [Fact]
    public async Task Actions_AreListedAndDoWhatTheySay()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("a", 5000));
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightClient(channel);
        var listed = new List<string>();
        using (var types = client.ListActions())
        {
            await foreach (var type in types.ResponseStream.ReadAllAsync(Token))
            {
                listed.Add(type.Type);
            }
        }

        Assert.Equal(["CancelFlightInfo", "RenewFlightEndpoint", "warm", "pin", "unpin", "offer", "evict", "list", "streams", "health"], listed);
        var warm = await ActAsync(client, "warm", """{"dataset":"a"}""");
        Assert.True(warm.GetProperty("ready").GetBoolean());
        Assert.Equal(5000, warm.GetProperty("rows").GetInt64());
        Assert.Equal(60_000, (await ActAsync(client, "health", "")).GetProperty("used_bytes").GetInt64());
        var info = await client.GetInfo(FlightDescriptor.CreatePathDescriptor("a"));
        Assert.Equal(60_000, info.TotalBytes);
        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(() => ActAsync(client, "evict", """{"dataset":"a"}"""))).StatusCode);
        Assert.False((await ActAsync(client, "unpin", """{"dataset":"a"}""")).GetProperty("pinned").GetBoolean());
        Assert.Equal(1, (await ActAsync(client, "evict", """{"dataset":"a"}""")).GetProperty("evicted").GetInt32());
        Assert.Equal(0, host.Allocator.Bytes);
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<RpcException>(() => ActAsync(client, "dance", ""))).StatusCode);
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => ActAsync(client, "evict", "{}"))).StatusCode);
    }

    private static IEnumerable<string> Ordered(List<string> stored, string dataset, OrderMode mode)
    {
        var samples = new long[stored.Count];
        new Order($"sha256:{dataset}", stored.Count, mode, 7).InEpoch(0).Fill(0, samples);
        return samples.Select(sample => stored[(int)sample]);
    }

    private static async Task<List<string>> RowsAsync(FlightHost host, string command)
    {
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightClient(channel);
        using var call = client.GetStream((await InfoAsync(client, command)).Endpoints.Single().Ticket);
        var rows = new List<string>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            using var batch = call.ResponseStream.Current;
            rows.AddRange(NaiveReading.Rows(batch));
        }

        return rows;
    }

    private static async Task<JsonElement> ActAsync(FlightClient client, string type, string body)
    {
        var last = default(JsonElement);
        using var call = client.DoAction(new FlightAction(type, body));
        await foreach (var result in call.ResponseStream.ReadAllAsync(Token))
        {
            last = JsonDocument.Parse(result.Body.ToStringUtf8()).RootElement;
        }

        return last;
    }

    private static async Task<FlightInfo> InfoAsync(FlightClient client, string command) =>
        await client.GetInfo(FlightDescriptor.CreateCommandDescriptor(Encoding.UTF8.GetBytes(command)));

    private static async Task<List<(long Position, string Cells)>> ReadAsync(FlightClient client, FlightInfo info)
    {
        var rows = new List<(long, string)>();
        using var call = client.GetStream(info.Endpoints.Single().Ticket);
        while (await call.ResponseStream.MoveNext(Token))
        {
            using var batch = call.ResponseStream.Current;
            using var metadata = JsonDocument.Parse(call.ResponseStream.ApplicationMetadata.Single().Memory);
            var position = metadata.RootElement.GetProperty("position").GetInt64();
            rows.AddRange(Cells.RowsOf(batch).Select((cells, i) => (position + i, cells)));
        }

        return rows;
    }
}
