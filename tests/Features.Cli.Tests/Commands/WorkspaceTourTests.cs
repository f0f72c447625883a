using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Features.Cli.Tests.Commands;

/// <summary>A workspace by hand, verb after verb, as the guide goes through it; what machines read is held to its shape.</summary>
public sealed class WorkspaceTourTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-tour-").FullName;
    private string workspace = "";
    private long flights;

    public async ValueTask InitializeAsync()
    {
        flights = await FlightsSample.WriteAsync(Path.Combine(folder, "some.parquet"), days: 4, stride: 16);
        workspace = Path.Combine(folder, "flights");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Tour_ByHand_GoesTheWholeWay()
    {
        await InitAndApplyAsync();
        var snapshot = await IngestAsync();
        await LookAtTablesAsync(snapshot);
        await ScanAsync(snapshot);
        await QueryAsync();
        await JoinAsync(snapshot);
        await MakeDatasetAsync(snapshot);
        await ServeAsync();
    }

    private async Task InitAndApplyAsync()
    {
        var written = (await FeaturesProcess.RunAsync(folder, "init", "flights")).Lines();
        Assert.Contains("wrote flights/features.yaml", written);
        Assert.StartsWith("next: cd flights", written[^1], StringComparison.Ordinal);
        Assert.Equal("flights is a workspace already; nothing was written", Assert.Single((await FeaturesProcess.RunAsync(folder, "init", "flights")).Lines()));

        var planned = (await RunAsync("apply", "--plan", "--json")).Objects();
        Assert.All(planned, change => Assert.Equal(["kind", "name", "change", "version"], change.Select(p => p.Key)));
        Assert.All(planned, change => Assert.Equal("added", (string)change["change"]!));
        Assert.Equal(planned.Select(c => c.ToJsonString()), (await RunAsync("apply", "--json")).Objects().Select(c => c.ToJsonString()));
        Assert.All((await RunAsync("apply", "--json")).Objects(), change => Assert.Equal("unchanged", (string)change["change"]!));
    }

    private async Task<string> IngestAsync()
    {
        var file = Path.Combine(folder, "some.parquet");
        var first = (await RunAsync("ingest", "departures", file, "--json")).Object();
        Assert.Equal(["run", "read", "good", "quarantined", "snapshot", "duplicate"], first.Select(p => p.Key));
        Assert.Equal((flights, flights, 0, false), ((long)first["read"]!, (long)first["good"]!, (long)first["quarantined"]!, (bool)first["duplicate"]!));
        var second = (await RunAsync("ingest", "departures", file, "--json")).Object();
        Assert.True((bool)second["duplicate"]!);
        Assert.Equal((string)first["snapshot"]!, (string)second["snapshot"]!);
        Assert.Equal((string)first["run"]!, (string)second["run"]!);
        return (string)first["snapshot"]!;
    }

    private async Task LookAtTablesAsync(string snapshot)
    {
        var listed = (await RunAsync("table", "list", "--json")).Object();
        Assert.Equal(("flights.departures", snapshot), ((string)listed["name"]!, (string)listed["current_snapshot"]!));
        var shown = (await RunAsync("table", "show", "flights.departures", "--json")).Object();
        string[] promised = ["name", "uuid", "location", "format_version", "current_snapshot", "schema", "partition_spec", "properties", "tags"];
        Assert.Superset(promised.ToHashSet(), shown.Select(p => p.Key).ToHashSet());
        Assert.Equal((string)listed["uuid"]!, (string)shown["uuid"]!);
        Assert.Equal(["departs_at", "known_at", "origin", "destination", "distance", "delay"], shown["schema"]!.AsArray().Select(f => (string)f!["name"]!));

        var entry = (await RunAsync("table", "history", "flights.departures", "--json")).Object();
        Assert.Equal(["made_current_at", "snapshot", "parent", "operation", "summary"], entry.Select(p => p.Key));
        Assert.Equal((snapshot, "append", $"{flights}"), ((string)entry["snapshot"]!, (string)entry["operation"]!, (string)entry["summary"]!["added-records"]!));
        Assert.InRange(DateTimeOffset.Parse((string)entry["made_current_at"]!, CultureInfo.InvariantCulture), DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);

        var files = (await RunAsync("table", "files", "flights.departures", "--json")).Objects();
        Assert.All(files, file => Assert.Equal(["path", "format", "records", "bytes", "partition", "content"], file.Select(p => p.Key)));
        Assert.Equal(flights, files.Sum(f => (long)f["records"]!));
        Assert.All(files, file => Assert.Equal(new FileInfo((string)file["path"]!).Length, (long)file["bytes"]!));
        Assert.Equal(["2001-01-01", "2001-01-02", "2001-01-03", "2001-01-04"], files.Select(f => (string)f["partition"]!["departs_at_day"]!).Order());
    }

    private async Task ScanAsync(string snapshot)
    {
        Task<FeaturesResult> Scan(params string[] options) => RunAsync(["scan", "flights.departures", .. options]);
        foreach (var selection in new string[][] { [], ["--snapshot", snapshot], ["--ref", "main"], ["--as-of", "2100-01-01"] })
        {
            Assert.Equal($"{flights}\n", (await Scan(["--count", .. selection])).Succeeded());
        }

        var late = (await Scan("--select", "origin,delay", "--where", "delay > 60", "--format", "json")).Objects();
        Assert.NotEmpty(late);
        Assert.All(late, row => Assert.Equal(["origin", "delay"], row.Select(p => p.Key)));
        Assert.All(late, row => Assert.True((long)row["delay"]! > 60));
        Assert.Equal($"{late.Count}\n", (await Scan("--where", "delay > 60", "--count")).Succeeded());
        var csv = (await Scan("--select", "departs_at,distance", "--limit", "2", "--format", "csv")).Lines();
        Assert.Equal(["departs_at,distance"], csv.Take(1));
        Assert.Equal(3, csv.Count);

        var (parquet, arrow) = (Path.Combine(folder, "out.parquet"), Path.Combine(folder, "out.arrow"));
        (await Scan("--format", "parquet", "--out", parquet)).Succeeded();
        (await Scan("--format", "arrow", "--out", arrow, "--limit", "7")).Succeeded();
        using var reader = new Apache.Arrow.Ipc.ArrowStreamReader(File.OpenRead(arrow));
        Assert.Equal(7, (await reader.ReadNextRecordBatchAsync(TestContext.Current.CancellationToken)).Length);
        Assert.Contains("file-exists", (await Scan("--format", "parquet", "--out", parquet)).Failed(), StringComparison.Ordinal);
    }

    private async Task JoinAsync(string snapshot)
    {
        Task<FeaturesResult> Join(params string[] options) => RunAsync(["historical", .. options]);
        string[] late = ["--spine", "SELECT origin, destination, departs_at, delay FROM flights.departures WHERE delay > 60", "--timestamp", "departs_at"];
        var rows = (await Join(["--features", "origin_delays:*", .. late, "--format", "json", "--snapshot", $"flights.departures={snapshot}"])).Objects();
        Assert.NotEmpty(rows);
        Assert.Equal(["origin", "destination", "departs_at", "delay"], rows[0].Select(p => p.Key).Take(4));
        Assert.All(rows, row => Assert.Contains("origin_departures_6h", row.Select(p => p.Key)));

        // The same rows as a file give the same features, in parts too, and under another name for another key.
        var spine = Path.Combine(folder, "late.parquet");
        (await RunAsync("sql", "SELECT origin, destination, departs_at, delay FROM flights.departures WHERE delay > 60 ORDER BY ALL", "--format", "parquet", "--out", spine)).Succeeded();
        string[] file = ["--spine", spine, "--timestamp", "departs_at", "--format", "json"];
        Assert.Equal(rows.Select(r => r.ToJsonString()), (await Join(["--features", "origin_delays:*", .. file, "--memory", "1"])).Objects().Select(r => r.ToJsonString()));
        var aliased = (await Join(["--features", "origin_delays[origin=destination]@there:origin_departures_6h", .. file, "--full-names", "--row-numbers"])).Objects();
        Assert.Equal(Enumerable.Range(0, rows.Count).Select(i => (long)i), aliased.Select(r => (long)r["_row"]!));
        Assert.Contains("there__origin_departures_6h", aliased[0].Select(p => p.Key));

        var written = (await Join(["--service", "delay_model", .. late, "--into", "joined.late", "--json"])).Object();
        Assert.Equal(["table", "uuid", "snapshot", "rows", "sources"], written.Select(p => p.Key));
        Assert.Equal($"{rows.Count}\n", (await RunAsync("scan", "joined.late", "--count")).Succeeded());
        Assert.Contains("table-exists", (await Join(["--service", "delay_model", .. late, "--into", "joined.late"])).Failed(), StringComparison.Ordinal);

        var events = (await Join("--features", "origin_delays:origin_departures_6h", "--from", "2001-01-01", "--to", "2001-01-02", "--format", "json")).Objects();
        Assert.All(events, row => Assert.Equal(["origin", "event_timestamp", "origin_departures_6h"], row.Select(p => p.Key)));
        Assert.All(events, row => Assert.StartsWith("2001-01-01", (string)row["event_timestamp"]!, StringComparison.Ordinal));
        Assert.Contains("origin_delays:origin_departures_6h", (await Join(["--features", "origin_delays:departures_6h", .. late])).Failed(), StringComparison.Ordinal);
    }

    private async Task QueryAsync()
    {
        var row = (await RunAsync("sql", "SELECT count(*) AS flights, sum(delay) AS minutes, CAST(2.5 AS DECIMAL(4, 2)) AS price, DATE '2001-01-01' AS day FROM flights.departures", "--format", "json")).Object();
        Assert.Equal(flights, (long)row["flights"]!);
        Assert.Equal(System.Text.Json.JsonValueKind.Number, row["minutes"]!.GetValueKind());
        Assert.Equal(("2.50", "2001-01-01"), ((string)row["price"]!, (string)row["day"]!));
    }

    private async Task MakeDatasetAsync(string snapshot)
    {
        var created = (await RunAsync("dataset", "create", "delays", "--json")).Object();
        var shown = (await RunAsync("dataset", "show", "delays", "--json")).Object();
        Assert.Equal(created.ToJsonString(), shown.ToJsonString());
        Assert.Equal(["name", "rows", "digest"], shown.Select(p => p.Key).Take(3));
        Assert.Equal(["table", "uuid", "snapshot"], shown["sources"]![0]!.AsObject().Select(p => p.Key));
        Assert.Equal(snapshot, (string)shown["sources"]![0]!["snapshot"]!);
        Assert.Equal(flights, (long)shown["rows"]!);
        Assert.Equal("delays", (string)(await RunAsync("dataset", "list", "--json")).Object()["name"]!);
    }

    private async Task ServeAsync()
    {
        await using var serving = await ServingProcess.StartAsync(workspace);
        var file = Path.Combine(workspace, "landing", "flights", "late.csv");
        await File.WriteAllTextAsync(file, "date,delay,distance,origin,destination\n2001-03-01 10:00:00,5,599,ATL,ORD\n2001-03-01 11:00:00,soon,599,ATL,ORD\n", TestContext.Current.CancellationToken);
        var answer = await PostAsync(serving, "landing/flights/late.csv");
        Assert.Equal("departures", (string)answer["accepted"]![0]!["pipeline"]!);
        Assert.True((bool)(await PostAsync(serving, "landing/flights/late.csv"))["accepted"]![0]!["duplicate"]!);

        Task<FeaturesResult> Fetch(params string[] options) => FeaturesProcess.RunAsync(folder, ["fetch", "delays", "--flight", serving.Flight, .. options]);
        var rows = (await Fetch("--format", "json", "--limit", "3", "--shuffle", "global", "--seed", "7")).Objects();
        Assert.Equal([0L, 1, 2], rows.Select(r => (long)r["_position"]!));
        Assert.All(rows, r => Assert.Equal(0, (int)r["_rank"]!));
        Assert.Matches(@"^\d+ rows \d+ bytes \S+ s \d+ rows/s \d+ batches/s \S+ GB/s, first batch after \d+ ms, waited \d+ %\n$", (await Fetch("--bench")).Succeeded());
        var parquet = Path.Combine(folder, "fetched.parquet");
        Assert.Contains("rows written", Fetched(await Fetch("--format", "parquet", "--out", parquet)).Errors, StringComparison.Ordinal);
        Assert.StartsWith("_row,departs_at", (await Fetch("--format", "csv", "--limit", "1")).Lines()[0], StringComparison.Ordinal);
        Assert.Contains("no data set 'nope'", (await FeaturesProcess.RunAsync(folder, "fetch", "nope", "--flight", serving.Flight)).Failed(), StringComparison.Ordinal);

        // Asked to stop, it finishes what it was given.
        Assert.Equal(0, (await serving.StopAsync()).ExitCode);
        Assert.Equal($"{flights + 1}\n", (await RunAsync("scan", "flights.departures", "--count")).Succeeded());
        Assert.Equal("soon", (string)(await RunAsync("scan", "flights.departures__quarantine", "--format", "json")).Object()["delay"]!);
    }

    private static FeaturesResult Fetched(FeaturesResult result)
    {
        result.Succeeded();
        return result;
    }

    private static async Task<JsonObject> PostAsync(ServingProcess serving, string location)
    {
        using var http = new HttpClient();
        var json = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = "late",
            ["source"] = "/tests",
            ["type"] = "dev.features.object.created",
            ["data"] = new JsonObject { ["location"] = location },
        };
        using var content = new StringContent(json.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/cloudevents+json"));
        using var response = await http.PostAsync(serving.Events, content, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, body);
        return JsonNode.Parse(body)!.AsObject();
    }

    private Task<FeaturesResult> RunAsync(params string[] arguments) => FeaturesProcess.RunAsync(workspace, arguments);
}
