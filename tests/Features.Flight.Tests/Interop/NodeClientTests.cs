using System.Text.Json;
using Features.Flight.Protocol;
using Features.Flight.Tests.Serving.Put;
using Features.Flight.Tests.Validation;

namespace Features.Flight.Tests.Interop;

/// <summary>What grpc-js and apache-arrow make of the service: every type that both know, in every order.</summary>
public class NodeClientTests
{
    private const int Rows = 2500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_NamesTheDataSets()
    {
        Assert.SkipWhen(NodeClient.Missing is not null, NodeClient.Missing ?? "");
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", Rows, Tables.Schema));

        var listed = Assert.Single(await NodeClient.RunAsync(new { address = host.Address.Authority, list = true }));

        Assert.Equal(("all", Rows, true), (listed.GetProperty("name").GetString(), listed.GetProperty("rows").GetInt32(), listed.GetProperty("ordered").GetBoolean()));
    }

    public static TheoryData<string> Orders => new()
    {
        """{"dataset":"all","batch":300}""",
        """{"dataset":"all","batch":300,"shuffle":"global","seed":7,"epoch":2}""",
        """{"dataset":"all","batch":64,"shuffle":"global","rank":1,"world":3,"tail":"pad"}""",
        """{"dataset":"all","batch":100,"shuffle":"grouped","grouping":{"lanes":4,"k":5},"seed":3}""",
        """{"dataset":"all","columns":["place","id","tags"],"shuffle":"global"}""",
    };

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Read_InEveryOrder_GivesTheRowsThatOurClientGets(string command)
    {
        Assert.SkipWhen(NodeClient.Missing is not null, NodeClient.Missing ?? "");
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", Rows, Tables.Schema));

        var lines = await NodeClient.RunAsync(new { address = host.Address.Authority, read = JsonDocument.Parse(command).RootElement });

        var expected = new List<string>();
        using (var client = host.Connect())
        {
            await foreach (var batch in await client.OpenAsync(DatasetRequestJson.Parse(System.Text.Encoding.UTF8.GetBytes(command)), Token))
            {
                using (batch)
                {
                    expected.AddRange(NaiveReading.Rows(batch.Rows));
                }
            }
        }

        Assert.Equal(expected, lines.Skip(1).Select(line => line.GetString()));
        Assert.Equal(expected.Count, lines[0].GetProperty("total").GetInt32());
        Assert.Equal("ops", lines[0].GetProperty("metadata").GetProperty("owner").GetString());
        Assert.Equal(lines[0].GetProperty("types").ToString(), lines[0].GetProperty("declared").ToString());
    }

    [Fact]
    public async Task Read_InStoredOrder_GivesTheSourcesRows()
    {
        Assert.SkipWhen(NodeClient.Missing is not null, NodeClient.Missing ?? "");
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", Rows, Tables.Schema));
        using var source = Tables.Rows(0, Rows);

        var lines = await NodeClient.RunAsync(new { address = host.Address.Authority, read = new { dataset = "all" } });

        Assert.Equal(NaiveReading.Rows(source), lines.Skip(1).Select(line => line.GetString()));
    }

    [Fact]
    public async Task Put_OfDictionariesAndLists_IsCommittedPlain()
    {
        Assert.SkipWhen(NodeClient.Missing is not null, NodeClient.Missing ?? "");
        var sink = new MemorySink();
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: sink);

        var results = await NodeClient.RunAsync(new { address = host.Address.Authority, put = new { table = MemorySink.Table, id = "node-1" }, rows = 50 });

        Assert.Equal(("done", 50), (results[^1].GetProperty("state").GetString(), results[^1].GetProperty("rows").GetInt32()));
        Assert.Equal(
            Enumerable.Range(0, 50).Select(row =>
                $"{Hex((long)row)}|{(row % 3 == 0 ? "null" : Hex(BitConverter.DoubleToInt64Bits(row / 4d)))}|{(row % 5 == 0 ? "null" : $"\"grüße {row % 7}\"")}|[{string.Join(",", Enumerable.Range(0, row % 3).Select(i => $"\"t{i}\""))}]"),
            sink.Rows);
    }

    [Fact]
    public async Task Refusal_CarriesItsStatusAndWords()
    {
        Assert.SkipWhen(NodeClient.Missing is not null, NodeClient.Missing ?? "");
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: new MemorySink());
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => NodeClient.RunAsync(new { address = host.Address.Authority, put = new { table = "plant.other" }, rows = 5 }));
        Assert.StartsWith("5 there is no table 'plant.other'", refusal.Message, StringComparison.Ordinal);
    }

    private static string Hex(long value) => Convert.ToHexString(BitConverter.GetBytes(value));
}
