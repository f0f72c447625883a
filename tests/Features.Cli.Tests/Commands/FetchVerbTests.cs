using System.Globalization;
using System.Text.Json.Nodes;
using Apache.Arrow;
using Features.Core.Engine;
using Features.DuckDb;

namespace Features.Cli.Tests.Commands;

/// <summary><c>features fetch</c> and <c>features cache</c> against a server of their own.</summary>
public sealed class FetchVerbTests(FetchWorkspace served) : IClassFixture<FetchWorkspace>
{
    [Fact]
    public async Task Digest_IsTheSetsForAnyWorldAndAfterTheWarehouseIsGone()
    {
        var (digest, rows) = (served.Set["digest"]!.GetValue<string>(), (long)served.Set["rows"]!);
        var expected = string.Create(CultureInfo.InvariantCulture, $"{digest} {rows}");
        Assert.Equal(expected, Assert.Single((await served.FetchAsync("delays", "--digest")).Lines()));
        var warehouse = Path.Combine(served.Folder, ".features", "warehouse");
        Directory.Move(warehouse, warehouse + ".away");
        try
        {
            Assert.Equal(expected, Assert.Single((await served.FetchAsync("delays", "--digest", "--world", "3", "--rank", "all", "--batch", "7")).Lines()));
            var shuffled = (await served.FetchAsync("delays", "--digest", "--shuffle", "global", "--seed", "5", "--epochs", "2")).Lines();
            Assert.Equal(2, shuffled.Distinct().Count());
            Assert.Equal(shuffled[1], Assert.Single((await served.FetchAsync("delays", "--digest", "--shuffle", "global", "--seed", "5", "--epoch", "1", "--world", "4", "--rank", "all")).Lines()));
        }
        finally
        {
            Directory.Move(warehouse + ".away", warehouse);
        }
    }

    [Fact]
    public async Task State_GoesOnAtTheVeryNextRow_AndThenWithTheNextEpoch()
    {
        var whole = Rows(await served.FetchAsync("delays", "--shuffle", "grouped", "--block", "4", "--blocks", "3", "--format", "json", "--select", "_row", "--epochs", "2"));
        var state = Path.Combine(served.Folder, $"{Guid.NewGuid()}.json");
        var pieces = new List<(long, long)>(Rows(await served.FetchAsync("delays", "--shuffle", "grouped", "--block", "4", "--blocks", "3", "--format", "json", "--select", "_row", "--limit", "5", "--state", state)));
        while (pieces.Count < whole.Count)
        {
            // The order is the file's.
            pieces.AddRange(Rows(await served.FetchAsync("delays", "--format", "json", "--select", "_row", "--limit", "100", "--batch", "32", "--state", state)));
        }

        Assert.Equal(whole, pieces);
        var fault = (await served.FetchAsync("delays", "--shuffle", "global", "--state", state)).Failed();
        Assert.Contains("order", fault, StringComparison.Ordinal);
        Assert.Contains("--epoch and --state", (await served.FetchAsync("delays", "--epoch", "1", "--state", state)).Failed(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tensor_IsPrintedAsLists()
    {
        var first = (await served.FetchAsync("delays", "--layout", "tensor", "--fill", "-1", "--mask", "--format", "json", "--limit", "1")).Object();
        var (features, mask) = (first["features"]!.AsArray(), first["features_mask"]!.AsArray());
        Assert.Equal(features.Count, mask.Count);
        Assert.Contains(mask.Zip(features), cell => (int)cell.First! == 0 && (double)cell.Second! == -1);
        Assert.All(mask.Zip(features), cell => Assert.True((int)cell.First! == 1 || (double)cell.Second! == -1));
        Assert.Equal(0, (long)first["_position"]!);
        Assert.StartsWith("sha256:", Assert.Single((await served.FetchAsync("delays", "--layout", "tensor", "--tensor-type", "float16", "--digest")).Lines()), StringComparison.Ordinal);
        Assert.Contains("--fill is for --layout tensor", (await served.FetchAsync("delays", "--fill", "0")).Failed(2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("float16")]
    public async Task Tensor_AsParquet_HoldsTheListsThatArePrinted(string type)
    {
        string[] tensor = ["delays", "--layout", "tensor", "--tensor-type", type, "--fill", "-1", "--mask", "--batch", "7", "--limit", "17", "--shuffle", "global"];
        var file = Path.Combine(served.Folder, $"{Guid.NewGuid()}.parquet");
        (await served.FetchAsync([.. tensor, "--format", "parquet", "--out", file])).Succeeded();
        var printed = (await served.FetchAsync([.. tensor, "--format", "json"])).Objects();
        Assert.Equal(17, printed.Count);
        Assert.Equal(printed.Select(row => ((long)row["_position"]!, Floats(row["features"]!), Floats(row["features_mask"]!))), await ReadAsync(file));

        // The shortest text of a half is not that of the float which equals it.
        string Text(float value) => type == "float16" ? ((Half)value).ToString(CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);

        string Floats(JsonNode list) => string.Join(' ', list.AsArray().Select(value => Text((float)(double)value!)));

        async Task<List<(long, string, string)>> ReadAsync(string file)
        {
            var token = TestContext.Current.CancellationToken;
            await using var engine = new DuckDbEngine(new DuckDbEngineOptions());
            await using var session = await engine.OpenAsync(SqlTrust.Pipeline, token);
            await session.AddFileAsync("tensors", new SourceFile(file, SourceFormat.Parquet), token);
            var rows = new List<(long, string, string)>();
            await foreach (var batch in session.QueryAsync("SELECT _position, array_to_string(features, ' ') AS f, array_to_string(features_mask, ' ') AS m FROM tensors ORDER BY _position", token))
            {
                using (batch)
                {
                    rows.AddRange(Enumerable.Range(0, batch.Length).Select(i => (((Int64Array)batch.Column(0)).GetValue(i)!.Value, Plain(((StringArray)batch.Column(1)).GetString(i)), Plain(((StringArray)batch.Column(2)).GetString(i)))));
                }
            }

            return rows;
        }

        // As .NET writes the same floats.
        string Plain(string list) => string.Join(' ', list.Split(' ').Select(value => Text(float.Parse(value, CultureInfo.InvariantCulture))));
    }

    [Fact]
    public async Task Table_WithACondition_IsReadAtItsSnapshot()
    {
        var late = (await served.FetchAsync("--table", "flights.departures", "--where", "delay > 15", "--select", "delay", "--format", "json")).Objects();
        Assert.NotEmpty(late);
        Assert.All(late, row => Assert.True((long)row["delay"]! > 15));
        Assert.Equal(Enumerable.Range(0, late.Count).Select(i => (long)i), late.Select(row => (long)row["_position"]!));
        Assert.Contains("did you mean 'flights.departures'", (await served.FetchAsync("--table", "flights.departure", "--digest")).Failed(), StringComparison.Ordinal);
        Assert.Contains("there is no column 'dely'", (await served.FetchAsync("--table", "flights.departures", "--where", "dely > 1", "--digest")).Failed(), StringComparison.Ordinal);
        Assert.Contains("does not exist", (await served.FetchAsync("--table", "flights.departures", "--snapshot", "77", "--digest")).Failed(), StringComparison.Ordinal);
        Assert.Contains("name the table with --table", (await served.FetchAsync("delays", "--snapshot", "77")).Failed(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_OfEveryRank_CountsEachRow()
    {
        var epochs = (await served.FetchAsync("delays", "--bench", "--warm", "--world", "2", "--rank", "all", "--batch", "64", "--epochs", "2", "--format", "json")).Objects();
        var (step, rows) = (2 * 64, (long)served.Set["rows"]!);
        Assert.Equal([0L, 1], epochs.Select(e => (long)e["epoch"]!));
        // What fills up the last step comes over the wire too.
        Assert.All(epochs, e => Assert.Equal((2, (rows + step - 1) / step * step), ((int)e["streams"]!, (long)e["rows"]!)));
        Assert.All(epochs, e => Assert.InRange((double)e["wait_share"]!, 0, 1));
        Assert.Contains(" GB/s", Assert.Single((await served.FetchAsync("delays", "--bench")).Lines()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cache_IsFilledPinnedAndEmptied()
    {
        var warm = (await served.RunAsync("cache", "warm", "delays", "--select", "_row,late", "--json")).Objects()[^1];
        Assert.True(warm["ready"]!.GetValue<bool>());
        Assert.Equal("serving", (await served.RunAsync("cache", "status", "--json")).Object()["status"]!.GetValue<string>());
        Assert.Empty((await served.RunAsync("cache", "streams")).Lines());
        Assert.StartsWith("budget", (await served.RunAsync("cache", "status")).Succeeded()["status serving  ".Length..], StringComparison.Ordinal);

        var cached = (await served.RunAsync("cache", "list", "--json")).Objects().Single(one => ((string)one["dataset"]!, (string)one["layout"]!) == ("delays", "columns"));
        Assert.Equal((true, 0), ((bool)cached["ready"]!, (int)cached["pins"]!));
        Assert.Equal(((string)served.Set["digest"]!, (long)served.Set["rows"]!), ((string)cached["digest"]!, (long)cached["rows"]!));
        Assert.True((long)cached["bytes"]! > 0 && (int)cached["leases"]! > 0 && (string?)cached["leased_until"] is not null);

        string[] airports = ["--table", "flights.airports"];
        Assert.True((await served.RunAsync(["cache", "pin", .. airports, "--json"])).Object()["pinned"]!.GetValue<bool>());
        (await served.RunAsync(["cache", "warm", .. airports])).Succeeded();
        Assert.Contains((await served.RunAsync("cache", "list")).Lines(), line => line.StartsWith("flights.airports  columns  ", StringComparison.Ordinal) && line.Contains("  1 lease until ", StringComparison.Ordinal) && line.Contains("  pinned  iceberg:", StringComparison.Ordinal));
        Assert.Contains("unpin", (await served.RunAsync(["cache", "evict", .. airports])).Failed(), StringComparison.Ordinal);
        (await served.RunAsync(["cache", "unpin", .. airports])).Succeeded();
        Assert.Equal(1, (int)(await served.RunAsync(["cache", "evict", .. airports, "--json"])).Object()["evicted"]!);
        Assert.DoesNotContain((await served.RunAsync("cache", "list", "--json")).Objects(), one => (string)one["dataset"]! == "flights.airports");
    }

    [Fact]
    public async Task Faults_SayWhatWhichAndWhatToDo()
    {
        await FailsAsync("there is no data set 'delay'; there are: 'delays'", "delay", "--digest");
        await FailsAsync("write --table flights.departures", "flights.departures", "--digest");
        await FailsAsync("has no column 'lat'", "delays", "--select", "lat", "--digest");
        await FailsAsync("there is no column 'lat'", "delays", "--where", "lat = 1", "--digest");
        await FailsAsync("grpc://HOST:PORT", "delays", "--flight", "ftp://somewhere");
        var clear = served.Flight["grpc://".Length..];
        await FailsAsync($"does not speak TLS as this client does; if it serves clear text, write grpc://{clear}", "delays", "--flight", $"grpc+tls://{clear}", "--wait", "0");
    }

    private async Task FailsAsync(string message, params string[] arguments)
    {
        var line = (await (arguments.Contains("--flight") ? FeaturesProcess.RunAsync(served.Folder, ["fetch", .. arguments]) : served.FetchAsync(arguments))) is var result && result.ExitCode == 2 ? result.Failed(2) : result.Failed();
        Assert.Contains(message, line, StringComparison.Ordinal);
    }

    private static List<(long Position, long Row)> Rows(FeaturesResult result) => [.. result.Objects().Select(row => ((long)row["_position"]!, (long)row["_row"]!))];
}

/// <summary>A workspace with a training set, served.</summary>
public sealed class FetchWorkspace : IAsyncLifetime
{
    private ServingProcess server = null!;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("features-fetch-").FullName;

    /// <summary>Of how many of the shipped flights it has one.</summary>
    internal int Stride { get; init; } = 200;

    internal string Flight => server.Flight;

    internal JsonObject Set { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        (await FeaturesProcess.RunAsync(Folder, "init", ".")).Succeeded();
        (await FeaturesProcess.RunAsync(Folder, "apply")).Succeeded();
        await FlightsSample.WriteAsync(Path.Combine(Folder, "flights.parquet"), days: 3, Stride);
        (await FeaturesProcess.RunAsync(Folder, "ingest", "departures", "flights.parquet")).Succeeded();
        (await FeaturesProcess.RunAsync(Folder, "ingest", "airports", Path.Combine("data", "airports.csv"))).Succeeded();
        (await FeaturesProcess.RunAsync(Folder, "dataset", "create", "delays")).Succeeded();
        Set = (await FeaturesProcess.RunAsync(Folder, "dataset", "show", "delays", "--json")).Object();
        server = await ServingProcess.StartAsync(Folder);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    internal Task<FeaturesResult> FetchAsync(params IEnumerable<string> arguments) => RunAsync(["fetch", .. arguments]);

    internal Task<FeaturesResult> RunAsync(params IEnumerable<string> arguments) => FeaturesProcess.RunAsync(Folder, [.. arguments, "--flight", server.Flight]);
}
