using System.Text.Json;
using Features.Flight.Protocol;
using Features.Flight.Serving;
using Features.Flight.Tests.Serving.Put;
using Features.Flight.Tests.Validation;
using Features.Ordering;

namespace Features.Flight.Tests.Interop;

/// <summary>What grpc-js and apache-arrow make of the service: every type and layout, in every order.</summary>
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
        """{"dataset":"all","batch":100,"shuffle":"grouped","grouping":{"block":50,"group_blocks":5,"lanes":4},"seed":3}""",
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

    [Theory]
    [InlineData("none", "")]
    [InlineData("global", "")]
    [InlineData("grouped", ""","grouping":{"block":20,"group_blocks":3,"lanes":2}""")]
    public async Task Read_OfEveryType_GivesTheSourcesValuesInTheOrdersSequence(string shuffle, string grouping)
    {
        Assert.SkipWhen(NodeClient.Missing is not null, NodeClient.Missing ?? "");
        using var rows = LoadedTypes.Rows(400);
        await using var host = await FlightHost.StartAsync(new MemorySource { BatchRows = 37 }.Add("types", rows));
        var command = $$"""{"dataset":"types","batch":61,"shuffle":"{{shuffle}}","seed":7{{grouping}}}""";

        var lines = await NodeClient.RunAsync(new { address = host.Address.Authority, read = JsonDocument.Parse(command).RootElement });

        Assert.Equal(Ordered(NaiveReading.Rows(rows), command), lines.Skip(1).Select(line => line.GetString()));
    }

    public static TheoryData<string, string, string> Tensors => new()
    {
        { "float32", "false", "none" },
        { "float32", "true", "global" },
        { "float16", "true", "none" },
        { "float16", "false", "global" },
        { "float16", "true", "grouped" },
    };

    [Theory]
    [MemberData(nameof(Tensors))]
    public async Task Read_OfTensors_GivesTheSourcesFeaturesAndTheColumnsBesideThem(string type, string mask, string shuffle)
    {
        Assert.SkipWhen(NodeClient.Missing is not null, NodeClient.Missing ?? "");
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("all", Rows, Tables.Schema, roles: PackedCells.Roles));
        var grouping = shuffle == "grouped" ? ""","grouping":{"block":50,"group_blocks":5,"lanes":4}""" : "";
        var command = $$"""{"dataset":"all","batch":300,"shuffle":"{{shuffle}}","layout":"tensor","tensor":{"type":"{{type}}","fill":-1.5,"mask":{{mask}}}{{grouping}}}""";

        var lines = await NodeClient.RunAsync(new { address = host.Address.Authority, read = JsonDocument.Parse(command).RootElement });

        using var source = Tables.Rows(0, Rows);
        Assert.Equal(Ordered(PackedCells.Rows(source, type == "float16", mask == "true", -1.5f), command), lines.Skip(1).Select(line => line.GetString()));
        var extension = lines[0].GetProperty("extensions").GetProperty("features");
        Assert.Equal("arrow.fixed_shape_tensor", extension.GetProperty("ARROW:extension:name").GetString());
        Assert.Equal("""{"shape":[5]}""", extension.GetProperty("ARROW:extension:metadata").GetString());
        Assert.Equal("""["tiny","small","score","ratio","flag"]""", extension.GetProperty("features.columns").GetString());
    }

    [Fact]
    public async Task Read_OverTlsWithAToken_IsTheSubjects()
    {
        Assert.SkipWhen(NodeClient.Missing is not null, NodeClient.Missing ?? "");
        using var certificate = LoopbackCertificate.Create();
        var authority = Path.Combine(Directory.CreateTempSubdirectory("features-node-").FullName, "ca.pem");
        await File.WriteAllTextAsync(authority, certificate.ExportCertificatePem(), Token);
        var access = new OpenAccess { Rule = asked => asked.Subject == "ada" ? FlightDecision.Allow() : FlightDecision.Deny("only ada") };
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("a", 10), access, certificate: certificate);
        try
        {
            var lines = await NodeClient.RunAsync(new { address = host.Address.Authority, ca = authority, token = "ada", read = new { dataset = "a" } });
            using var source = Tables.NarrowRows(0, 10);
            Assert.Equal(NaiveReading.Rows(source), lines.Skip(1).Select(line => line.GetString()));

            var refusal = await Assert.ThrowsAsync<InvalidOperationException>(
                () => NodeClient.RunAsync(new { address = host.Address.Authority, ca = authority, token = "bob", read = new { dataset = "a" } }));
            Assert.StartsWith("7 'bob' may not", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(authority)!, recursive: true);
        }
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

    // The rows in the sequence of a command's order, which Features.Ordering computes and the vectors in schemas/ordering fix.
    private static IEnumerable<string> Ordered(List<string> stored, string command)
    {
        var request = DatasetRequestJson.Parse(System.Text.Encoding.UTF8.GetBytes(command));
        var samples = new long[stored.Count];
        new Order($"sha256:{request.Dataset}", stored.Count, request.Shuffle, request.Seed) { Grouping = request.Grouping }.InEpoch(request.Epoch).Fill(0, samples);
        return samples.Select(sample => stored[(int)sample]);
    }

    private static string Hex(long value) => Convert.ToHexString(BitConverter.GetBytes(value));
}
