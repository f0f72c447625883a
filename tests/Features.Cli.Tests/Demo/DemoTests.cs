using System.Globalization;
using System.Text.Json.Nodes;
using Features.Core.Governance;
using Features.Server.Workspaces;
using Features.Testing;

namespace Features.Cli.Tests.Demo;

/// <summary>What the demo promises, held against what it printed and what it left.</summary>
public sealed class DemoTests(DemoFixture demo) : IClassFixture<DemoFixture>
{
    private const int GoodRowsOfTheBrokenFile = 4;
    private const int BadRowsOfTheBrokenFile = 6;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Demo_WithJson_EndsWithOneLineOfTheSummary()
    {
        var summary = DemoFixture.Summary(demo.First);
        Assert.Single(demo.First.Lines());
        Assert.Equal(["read", "good", "quarantined", "commits", "snapshots", "digest", "training", "seconds"], summary.Select(p => p.Key));
        Assert.Equal(["flights.airports", "flights.departures", "flights.departures__quarantine", "training.delays"], summary["snapshots"]!.AsObject().Select(p => p.Key));
        Assert.All(summary["snapshots"]!.AsObject(), p => Assert.True(long.Parse((string)p.Value!, CultureInfo.InvariantCulture) > 0));
        Assert.Matches("^sha256:[0-9a-f]{64}$", (string)summary["digest"]!);
        var training = summary["training"]!.AsObject();
        Assert.Equal(["epochs", "rows_per_second", "wait_share", "auc", "baseline_auc"], training.Select(p => p.Key).Take(5));
        Assert.True((int)training["epochs"]! > 1);
        Assert.True((double)training["rows_per_second"]! > 0);
        Assert.InRange((double)training["wait_share"]!, 0, 1);
        Assert.InRange((double)training["auc"]!, 0.5, 1);
        Assert.True((double)summary["seconds"]! > 0);
    }

    [Fact]
    public async Task Demo_EveryRow_IsGoodOrQuarantinedWithItsReason()
    {
        var summary = DemoFixture.Summary(demo.First);
        var airports = File.ReadLines(Path.Combine(demo.Workspace, "data", "airports.csv")).Count() - 1;
        Assert.Equal(demo.Flights + GoodRowsOfTheBrokenFile + BadRowsOfTheBrokenFile + airports, (long)summary["read"]!);
        Assert.Equal(BadRowsOfTheBrokenFile, (long)summary["quarantined"]!);
        Assert.Equal((long)summary["read"]!, (long)summary["good"]! + (long)summary["quarantined"]!);
        Assert.Equal($"{demo.Flights + GoodRowsOfTheBrokenFile}\n", (await RunAsync("scan", "flights.departures", "--count")).Succeeded());
        Assert.Equal($"{airports}\n", (await RunAsync("scan", "flights.airports", "--count")).Succeeded());
        var quarantined = (await RunAsync("scan", "flights.departures__quarantine", "--format", "json")).Objects();
        Assert.Equal(
            ["1:type:date", "2:type:delay", "3:distance_positive", "4:required:destination", "5:delay_plausible", "6:goes_somewhere"],
            quarantined.OrderBy(r => (long)r["_row_no"]!).Select(r => $"{r["_row_no"]}:{r["_rule_ids"]![0]}"));
    }

    [Fact]
    public void Demo_RunAgain_AddsNothing()
    {
        var (first, second) = (DemoFixture.Summary(demo.First), DemoFixture.Summary(demo.Second));
        foreach (var key in new[] { "read", "good", "quarantined", "commits", "digest", "snapshots" })
        {
            Assert.Equal(first[key]!.ToJsonString(), second[key]!.ToJsonString());
        }

        Assert.Equal((double)first["training"]!["auc"]!, (double)second["training"]!["auc"]!);
    }

    [Fact]
    public async Task Demo_EventsSentTwiceAndTheBrokenFile_AreOneBatchEach()
    {
        await using var workspace = await Workspace.OpenAsync(demo.Workspace, Token);
        var batches = await workspace.Inbox.ListAsync(null, Token);
        Assert.Distinct(batches.Select(b => b.Arrival.Location));
        Assert.EndsWith("not-parquet.parquet", Assert.Single(batches, b => b.State == "failed").Arrival.Location, StringComparison.Ordinal);
        Assert.All(batches.Where(b => b.State != "failed"), b => Assert.Equal("done", b.State));
        Assert.Contains("1 malformed event refused with 400", demo.First.Errors, StringComparison.Ordinal);
        Assert.Contains("posted (", demo.First.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_Lineage_TellsEachRunToItsEndAndKeepsTheSpecification()
    {
        var runs = File.ReadLines(demo.Lineage).Select(line => JsonNode.Parse(line)!.AsObject()).ToLookup(e => (string)e["run"]!["runId"]!);
        Assert.All(runs, run => Assert.Equal("START", (string)run.First()["eventType"]!));
        Assert.All(runs, run => Assert.Contains((string)Assert.Single(run.Skip(1))["eventType"]!, new[] { "COMPLETE", "FAIL" }));
        Assert.Equal("departures", Assert.Single(runs, run => (string)run.Last()["eventType"]! == "FAIL").First()["job"]!["name"]!.ToString());

        var tables = new List<string>();
        foreach (var output in runs.Where(r => (string)r.Last()["eventType"]! == "COMPLETE").SelectMany(r => r.Last()["outputs"]!.AsArray()))
        {
            tables.Add((string)output!["name"]!);
            Assert.NotEmpty(output["facets"]!["schema"]!["fields"]!.AsArray());
            Assert.True(long.Parse((string)output["facets"]!["version"]!["datasetVersion"]!, CultureInfo.InvariantCulture) > 0);
            if (!tables[^1].EndsWith("__quarantine", StringComparison.Ordinal))
            {
                Assert.NotEmpty(output["facets"]!["columnLineage"]!["fields"]!.AsObject());
            }
        }

        Assert.Contains(tables, t => t.EndsWith("departures", StringComparison.Ordinal));
        Assert.Contains(tables, t => t.EndsWith("departures__quarantine", StringComparison.Ordinal));
        Assert.Contains(tables, t => t.EndsWith("delays", StringComparison.Ordinal));
        Assert.SkipWhen(OpenLineageValidator.Missing is not null, OpenLineageValidator.Missing ?? "");
        var report = await OpenLineageValidator.ValidateAsync(demo.Lineage, Token);
        Assert.Empty(report.Faults);
        Assert.Equal(runs.Sum(r => r.Count()), report.Count("events"));
    }

    [Fact]
    public async Task Demo_TagsOfTablesAndColumns_AreShownByALaterRead()
    {
        var departures = (await RunAsync("table", "show", "flights.departures", "--json")).Object();
        Assert.Equal("""{"owner":"ops-data","sensitivity":"internal","source":"US DOT"}""", departures["tags"]!.ToJsonString());
        Assert.Equal("internal", (string)departures["column_tags"]!["delay"]!["sensitivity"]!);
        var summary = DemoFixture.Summary(demo.First);
        Assert.Equal((string)summary["snapshots"]!["flights.departures"]!, (string)departures["refs"]!["dataset/delays"]!["snapshot"]!);
        Assert.Equal("tag", (string)departures["refs"]!["dataset/delays"]!["type"]!);
        Assert.Equal(2, (int)departures["format_version"]!);
        Assert.Equal("day", (string)departures["partition_spec"]![0]!["transform"]!);
    }

    [Fact]
    public async Task Demo_EachRead_LeftARecordInAChainThatHolds()
    {
        await using var workspace = await Workspace.OpenAsync(demo.Workspace, Token);
        var before = await workspace.Audit.ReadAsync(Token).ToListAsync(Token);
        Assert.All(before, record => Assert.True(record.Allowed));
        var batches = await workspace.Inbox.ListAsync(null, Token);
        Assert.Superset(batches.Select(b => b.Arrival.Location).ToHashSet(), before.Where(r => r.Request.Action == "ingest").Select(r => r.Request.Resource).ToHashSet());
        Assert.Contains(before, r => r.Request is { Action: "dataset", Resource: "flights.departures" });
        Assert.Contains(before, r => r.Request.Action.StartsWith("flight.", StringComparison.Ordinal) && r.Request.Resource == "training.delays");

        (await RunAsync("scan", "flights.airports", "--limit", "1", "--format", "json")).Object();
        var after = await workspace.Audit.ReadAsync(Token).ToListAsync(Token);
        Assert.Equal(1, after.Count(IsScan) - before.Count(IsScan));

        static bool IsScan(AuditRecord record) => record.Request is { Action: "scan", Resource: "flights.airports" };
    }

    [Fact]
    public async Task Demo_Predictions_AreOfLaterRowsAndGiveThePrintedAuc()
    {
        var predictions = File.ReadLines(Path.Combine(demo.Workspace, "predictions.csv")).ToList();
        Assert.Equal("row,label,score", predictions[0]);
        var rows = predictions.Skip(1).Select(line => line.Split(',')).Select(f => (
            Row: long.Parse(f[0], CultureInfo.InvariantCulture), Label: f[1] == "1", Score: double.Parse(f[2], CultureInfo.InvariantCulture))).ToList();
        var training = DemoFixture.Summary(demo.Second)["training"]!;
        Assert.Equal((int)training["test_rows"]!, rows.Count);
        Assert.Equal(PairShare(rows.Where(r => r.Label).Select(r => r.Score), rows.Where(r => !r.Label).Select(r => r.Score)), (double)training["auc"]!, 1e-6);

        // Every predicted row is later than every other one, and has the label that its flight has.
        var times = (await RunAsync("sql", "SELECT _row, departs_at, late FROM training.delays ORDER BY _row", "--format", "json")).Objects();
        var predicted = rows.ToDictionary(r => r.Row, r => r.Label);
        var (later, earlier) = (times.Where(t => predicted.ContainsKey((long)t["_row"]!)).ToList(), times.Where(t => !predicted.ContainsKey((long)t["_row"]!)).ToList());
        Assert.Equal(rows.Count, later.Count);
        Assert.True(string.CompareOrdinal(earlier.Max(t => (string)t["departs_at"]!), later.Min(t => (string)t["departs_at"]!)) < 0);
        Assert.All(later, t => Assert.Equal((bool)t["late"]!, predicted[(long)t["_row"]!]));
    }

    [Fact]
    public async Task Fetch_OfAllRows_GivesTheDatasetsDigestFromAnyNumberOfRanks()
    {
        var shown = (await RunAsync("dataset", "show", "delays", "--json")).Object();
        Assert.Equal((string)DemoFixture.Summary(demo.First)["digest"]!, (string)shown["digest"]!);
        Assert.Equal(demo.Flights + GoodRowsOfTheBrokenFile, (long)shown["rows"]!);
        var source = Assert.Single(shown["sources"]!.AsArray())!;
        Assert.Equal("flights.departures", (string)source["table"]!);
        var expected = $"{shown["digest"]} {shown["rows"]}\n";
        Assert.Equal(expected, (await FetchAsync("--shuffle", "none", "--digest")).Succeeded());
        Assert.Equal(expected, (await FetchAsync("--shuffle", "none", "--digest", "--world", "3", "--rank", "all", "--batch", "1000")).Succeeded());
    }

    [Fact]
    public async Task Fetch_Shuffled_IsTheSameOrderForOneRankAndForThree()
    {
        var one = (await FetchAsync("--shuffle", "global", "--seed", "5", "--epoch", "1", "--select", "_row", "--format", "csv")).Lines();
        var three = (await FetchAsync("--shuffle", "global", "--seed", "5", "--epoch", "1", "--select", "_row", "--format", "csv", "--world", "3", "--rank", "all", "--batch", "500")).Lines();
        Assert.Equal(one.Select(l => l[..l.LastIndexOf(',')]), three.Select(l => l[..l.LastIndexOf(',')]));
        Assert.Equal(["0", "1", "2"], three.Skip(1).Select(l => l[(l.LastIndexOf(',') + 1)..]).Distinct().Order());
        Assert.NotEqual(one.Skip(1).Select(l => l.Split(',')[0]), Enumerable.Range(0, one.Count - 1).Select(i => $"{i}"));
    }

    // Mann and Whitney: the share of pairs that the scores order rightly, pair by pair; ties count half.
    private static double PairShare(IEnumerable<double> positives, IEnumerable<double> negatives)
    {
        var against = negatives.ToArray();
        double wins = 0;
        long pairs = 0;
        foreach (var score in positives)
        {
            foreach (var other in against)
            {
                wins += score > other ? 1 : score == other ? 0.5 : 0;
            }

            pairs += against.Length;
        }

        return wins / pairs;
    }

    private Task<FeaturesResult> RunAsync(params string[] arguments) => FeaturesProcess.RunAsync(demo.Workspace, arguments);

    private Task<FeaturesResult> FetchAsync(params string[] arguments) =>
        FeaturesProcess.RunAsync(Path.GetTempPath(), ["fetch", "delays", "--flight", demo.FlightAddress, .. arguments]);
}
