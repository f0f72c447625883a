using System.Text.Json.Nodes;
using System.Text.Json;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Testing;

namespace Features.Core.Tests.Ingestion;

public sealed class IngestorTests
{
    private const string Target = "flights.departures";

    private static readonly Contract Flights = new("flights")
    {
        Columns =
        [
            new("date", "timestamp", Required: true),
            new("delay", "int", Required: false),
            new("distance", "int", Required: true) { Tags = new Dictionary<string, string> { ["sensitivity"] = "confidential" } },
            new("origin", "string", Required: true),
        ],
        Rules = [new("distance-positive", "distance > 0")],
    };

    private static readonly Pipeline Departures = new("departures")
    {
        Match = "landing/*.csv",
        Contract = "flights",
        Clean = "SELECT date AS departs_at, upper(trim(origin)) AS \"origin\", distance, delay FROM source WHERE origin <> 'XXX'",
        Rules = [new("delay-sane", "delay IS NULL OR delay BETWEEN -120 AND 3000")],
        Target = new(Target, ["day(departs_at)"], ["origin", "departs_at"]),
        Tags = new Dictionary<string, string> { ["owner"] = "ops-data", ["sensitivity"] = "internal" },
    };

    private const string Csv = """
        date,delay,distance,origin,extra
        2001-01-01 00:15:00,5,300, sfo,a
        2001-01-02 10:00:00,,200,lax,b
        2001-01-01 09:00:00,late,100,jfk,c
        not a date,9999,12.5,jfk,d
        2001-01-03 00:00:00,1,-4,bos,e
        2001-01-03 01:00:00,9999,50,bos,f
        2001-01-03 02:00:00,1,50,XXX,g
        2001-01-03 03:00:00,1,,bos,h

        """;

    [Fact]
    public async Task Ingest_OfACsvWithBrokenRows_SplitsThemWithEveryReason()
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", Csv));
        var result = Assert.Single(await workspace.DrainAsync());

        Assert.Equal((8, 2, 6, null), (result.Outcome!.Read, result.Outcome.Good, result.Outcome.Quarantined, result.Outcome.Error));
        Assert.Equal(
            ["2001-01-01 00:15:00|SFO|300|5", "2001-01-02 10:00:00|LAX|200"],
            await workspace.QueryAsync($"SELECT * FROM {Target} ORDER BY departs_at", Target));
        Assert.Equal(
            [
                "2|type:delay",
                "3|type:date,type:distance",
                "4|distance-positive",
                "5|delay-sane",
                "6|clean:filtered",
                "7|required:distance,distance-positive",
            ],
            await workspace.QueryAsync($"SELECT _row_no, array_to_string(_rule_ids, ',') AS ids FROM {Target}__quarantine ORDER BY _row_no", Target + "__quarantine"));
        Assert.Equal(
            ["not a date|9999|12.5|jfk|{\"date\":\"not a date\",\"delay\":\"9999\",\"distance\":\"12.5\",\"origin\":\"jfk\",\"extra\":\"d\"}"],
            await workspace.QueryAsync($"SELECT date, delay, distance, origin, _payload FROM {Target}__quarantine WHERE _row_no = 3", Target + "__quarantine"));
    }

    [Fact]
    public async Task Ingest_OfAParquetFile_PartitionsTagsAndTellsLineage()
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        var path = await workspace.DropParquetAsync("a.parquet", "SELECT TIMESTAMP '2001-01-01' + to_hours(i) AS date, i::SMALLINT AS delay, 100 + i AS distance, 'sfo' AS origin FROM range(48) t(i)");
        await workspace.AcceptAsync("departures", path);
        var outcome = Assert.Single(await workspace.DrainAsync()).Outcome!;
        Assert.Equal((48, 48, 0), (outcome.Read, outcome.Good, outcome.Quarantined));

        var table = await workspace.LoadAsync(Target);
        Assert.Equal(outcome.Snapshot, table.Metadata.CurrentSnapshotId);
        Assert.Equal("2", table.Metadata.CurrentSnapshot!.Summary["added-data-files"]);
        var tags = TableTags.Read(table.Metadata.Properties);
        Assert.Equal(("ops-data", "internal"), (tags.Table["owner"], tags.Table["sensitivity"]));
        Assert.Equal("confidential", tags.Columns["distance"]["sensitivity"]);
        Assert.False(await workspace.ExistsAsync(Target + "__quarantine"));

        var events = (await File.ReadAllLinesAsync(workspace.LineagePath, TestContext.Current.CancellationToken)).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(["START", "COMPLETE"], events.Select(e => e.GetProperty("eventType").GetString()));
        var output = Assert.Single(events[1].GetProperty("outputs").EnumerateArray());
        Assert.Equal($"{outcome.Snapshot}", output.GetProperty("facets").GetProperty("version").GetProperty("datasetVersion").GetString());
        var lineage = output.GetProperty("facets").GetProperty("columnLineage").GetProperty("fields");
        Assert.Equal("date", Assert.Single(lineage.GetProperty("departs_at").GetProperty("inputFields").EnumerateArray()).GetProperty("field").GetString());
        Assert.Equal(48, output.GetProperty("outputFacets").GetProperty("outputStatistics").GetProperty("rowCount").GetInt64());
        Assert.Equal("ingest", (await workspace.Audit.ReadAsync(default).ToListAsync())[0].Request.Action);
    }

    [Fact]
    public async Task Ingest_OfGoodAndRejectedFiles_EmitsEventsThatKeepTheSpecification()
    {
        Assert.SkipWhen(OpenLineageValidator.Missing is not null, OpenLineageValidator.Missing ?? "");
        await using var workspace = new IngestWorkspace(Flights, Departures);
        workspace.Options = workspace.Options with { Engine = ("DuckDB", "1.5") };
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", Csv));
        await workspace.AcceptAsync("departures", workspace.Drop("b.csv", "date\n"));
        await workspace.DrainAsync();
        var report = await OpenLineageValidator.ValidateAsync(workspace.LineagePath, TestContext.Current.CancellationToken);
        Assert.Empty(report.Faults);
    }

    [Fact]
    public async Task Ingest_OfARejectedFileBetweenTwoGoodOnes_FailsIt_AndTheOthersGoOn()
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", Csv));
        await workspace.AcceptAsync("departures", workspace.Drop("b.csv", "date,origin\n2001-01-01,sfo\n"));
        await workspace.AcceptAsync("departures", workspace.Drop("gone.csv", "x"));
        File.Delete(Path.Combine(workspace.Root, "landing", "gone.csv"));
        await workspace.AcceptAsync("departures", workspace.Drop("changed.csv", Csv + "2"));
        workspace.Drop("changed.csv", "now another");
        await workspace.AcceptAsync("departures", workspace.Drop("broken.parquet", "PAR1 but not really"));
        await workspace.AcceptAsync("departures", workspace.Drop("c.csv", Csv.Replace("2001", "2002", StringComparison.Ordinal)));
        var results = await workspace.DrainAsync();

        Assert.Equal([null, "lacks the column distance", "cannot be read", "has changed since", "broken.parquet", null], results.Select(r => r.Outcome!.Error is { } e
            ? new[] { "lacks the column distance", "cannot be read", "has changed since", "broken.parquet" }.FirstOrDefault(f => e.Contains(f, StringComparison.Ordinal)) ?? e
            : null));
        Assert.Equal(["4"], await workspace.QueryAsync($"SELECT count(*) AS n FROM {Target}", Target));
        Assert.Equal(["done", "failed", "failed", "failed", "failed", "done"], (await workspace.Inbox.ListAsync("departures", default)).Select(b => b.State));
        Assert.Equal(4, File.ReadLines(workspace.LineagePath).Count(l => l.Contains("\"FAIL\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Ingest_WhenTheFirstBatchesFailBeforeThereIsATable_GoesOnWithTheNext()
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", "date\n1\n"));
        await workspace.AcceptAsync("departures", workspace.Drop("b.csv", "date\n2\n"));
        await workspace.AcceptAsync("departures", workspace.Drop("c.csv", Csv));
        var results = await workspace.DrainAsync();
        Assert.Equal([0, 0, 2], results.Select(r => r.Outcome!.Good));
        Assert.Equal("distance, origin", results[0].Outcome!.Error!.Split("columns ")[1].Split(" that")[0]);
    }

    [Fact]
    public async Task Ingest_WhenThePipelineNoLongerFitsTheTable_SaysWhichColumns()
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", Csv));
        await workspace.DrainAsync();
        workspace.Definitions = new DefinitionSet([Flights, Departures with { Clean = "SELECT date AS departs_at, origin, CAST(distance AS DOUBLE) AS distance, delay, 1 AS one FROM source" }]);
        await workspace.AcceptAsync("departures", workspace.Drop("b.csv", Csv.Replace("2001", "2002", StringComparison.Ordinal)));
        var error = Assert.Single(await workspace.DrainAsync()).Outcome!.Error!;
        Assert.Contains("has no column 'one'", error, StringComparison.Ordinal);
        Assert.Contains("has 'distance' as int and not as double", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT date, now() AS t FROM source", "now")]
    [InlineData("SELECT count(*) AS n FROM source", "")]
    [InlineData("SELECT nonsense FROM source", "nonsense")]
    public async Task Ingest_WithAnUnusableCleanSelect_RejectsTheBatchWithTheReason(string clean, string reason)
    {
        await using var workspace = new IngestWorkspace(Flights, Departures with { Clean = clean, Target = new(Target, [], []) });
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", Csv));
        var outcome = Assert.Single(await workspace.DrainAsync()).Outcome!;
        Assert.Contains(reason, outcome.Error!, StringComparison.Ordinal);
        Assert.False(await workspace.ExistsAsync(Target));
    }

    public static TheoryData<IngestStep> Steps => [.. Enum.GetValues<IngestStep>()];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Ingest_StoppedAtAnyStepAndDoneAgain_GivesTheSameTables(IngestStep step)
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        await workspace.AcceptAsync("departures", workspace.Drop("first.csv", Csv));
        await workspace.DrainAsync();
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", step == IngestStep.Voided ? "date\n" : Csv + "2001-01-09 00:00:00,1,70,ord,i\n"));
        await workspace.AcceptAsync("departures", workspace.Drop("b.csv", Csv.Replace("2001", "2003", StringComparison.Ordinal)));

        var stop = new StopAt(step);
        var first = await workspace.RunOnceAsync(stop);
        Assert.True(stop.WasReached);
        Assert.True(first is null || first.Outcome is null);
        await workspace.DrainAsync();

        var isVoided = step == IngestStep.Voided;
        Assert.Equal([isVoided ? "4" : "7"], await workspace.QueryAsync($"SELECT count(*) AS n FROM {Target}", Target));
        Assert.Equal([isVoided ? "12" : "18"], await workspace.QueryAsync($"SELECT count(*) AS n FROM {Target}__quarantine", Target + "__quarantine"));
        Assert.Equal(["done", isVoided ? "failed" : "done", "done"], (await workspace.Inbox.ListAsync(null, default)).Select(b => b.State));
        var events = File.ReadLines(workspace.LineagePath).Select(l => JsonDocument.Parse(l).RootElement).GroupBy(e => e.GetProperty("run").GetProperty("runId").GetString());
        Assert.All(events, run => Assert.Equal(2, run.Count()));
        foreach (var name in new[] { Target, Target + "__quarantine" })
        {
            var table = await workspace.LoadAsync(name);
            var plan = await table.NewScan().PlanAsync(default);
            Assert.Equal(plan.Tasks.Select(t => t.File.FilePath).Order(), Directory.EnumerateFiles(table.Metadata.Location + "/data", "*.parquet", SearchOption.AllDirectories).Order());
        }
    }

    [Fact]
    public async Task Ingest_ByTwoWorkersOnOneInbox_CommitsEachBatchOnceInOrder()
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        for (var i = 0; i < 8; i++)
        {
            await workspace.AcceptAsync("departures", workspace.Drop($"{i}.csv", i == 3 ? "date\n" : Csv.Replace("2001", $"{2001 + i}", StringComparison.Ordinal)));
        }

        await Task.WhenAll(Task.Run(() => workspace.DrainAsync(worker: "a")), Task.Run(() => workspace.DrainAsync(worker: "b")));
        await workspace.DrainAsync();
        var table = await workspace.LoadAsync(Target);
        Assert.Equal(["1", "2", "3", "5", "6", "7", "8"], table.Metadata.Snapshots.Select(s => s.Summary["features.seq"]));
        Assert.Equal(["14"], await workspace.QueryAsync($"SELECT count(*) AS n FROM {Target}", Target));
    }

    [Fact]
    public async Task Ingest_WhenTheMomentIsAtFault_GivesTheBatchBack_AndFailsItAfterTheLastAttempt()
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        workspace.Options = workspace.Options with { MaxAttempts = 3 };
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", Csv));
        var results = await workspace.DrainAsync(new StopAt(IngestStep.GoodFilesWritten, always: true));
        Assert.Equal(["stopped", "stopped", null], results.Select(r => r.Postponed));
        Assert.Equal("stopped", results[2].Outcome!.Error);
        Assert.Empty(Directory.EnumerateFiles(workspace.Root, "*.parquet", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Ingest_WhoseQuarantineIsCommitted_IsTriedUntilItsCauseIsMended()
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        workspace.Options = workspace.Options with { MaxAttempts = 2 };
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", Csv));
        var full = new StopAt(IngestStep.QuarantineCommitted, always: true);
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            var result = (await workspace.RunOnceAsync(full))!;
            Assert.Equal((null, true, attempt), (result.Outcome, result.IsFault, result.Batch.Attempt));
            Assert.StartsWith("stopped", result.Postponed, StringComparison.Ordinal);
        }

        workspace.Drop("a.csv", "now another");
        Assert.Contains("has changed since", (await workspace.RunOnceAsync())!.Postponed, StringComparison.Ordinal);
        workspace.Drop("a.csv", Csv);
        Assert.Equal((2, 6), Assert.Single(await workspace.DrainAsync()).Outcome is { } outcome ? (outcome.Good, outcome.Quarantined) : default);
        Assert.Equal(["6"], await workspace.QueryAsync($"SELECT count(*) AS n FROM {Target}__quarantine", Target + "__quarantine"));
    }

    [Theory]
    [InlineData(IngestStep.SourceRead)]
    [InlineData(IngestStep.TablesReady)]
    [InlineData(IngestStep.QuarantineFilesWritten)]
    public async Task Ingest_OfAFileRewrittenWhileItIsRead_RejectsIt(IngestStep step)
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", Csv));
        var rewritten = new PauseAt(step, () => Task.FromResult(workspace.Drop("a.csv", Csv.Replace("jfk", "lga", StringComparison.Ordinal))));
        var outcome = (await workspace.RunOnceAsync(rewritten))!.Outcome!;
        Assert.Contains("has changed since", outcome.Error, StringComparison.Ordinal);
        Assert.Empty((await workspace.LoadAsync(Target)).Metadata.Snapshots);
        Assert.Empty((await workspace.LoadAsync($"{Target}__quarantine")).Metadata.Snapshots);
        Assert.Empty(Directory.EnumerateFiles(workspace.Root, "*.parquet", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(IngestStep.LineageStarted)]
    [InlineData(IngestStep.GoodFilesWritten)]
    [InlineData(IngestStep.QuarantineCommitted)]
    [InlineData(IngestStep.GoodCommitted)]
    [InlineData(IngestStep.LeftoversRemoved)]
    public async Task Ingest_OvertakenByAnotherWorkerAtAnyStep_CommitsAndTellsOnce(IngestStep step)
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", Csv));
        var slow = (await workspace.Inbox.ClaimAsync("slow", TimeSpan.Zero, default))!;
        var overtaken = new PauseAt(step, async () => Assert.Null((await workspace.RunOnceAsync(worker: "quick"))!.Outcome!.Error));
        await new Ingestor(workspace.Ports, workspace.Options with { Lease = TimeSpan.Zero }, overtaken).IngestAsync(slow, default);

        Assert.True(overtaken.WasReached);
        Assert.Single((await workspace.LoadAsync(Target)).Metadata.Snapshots);
        Assert.Equal(["START", "COMPLETE"], File.ReadLines(workspace.LineagePath).Select(l => JsonNode.Parse(l)!["eventType"]!.GetValue<string>()));
        Assert.Equal("done", Assert.Single(await workspace.Inbox.ListAsync("departures", default)).State);
    }

    [Theory]
    [InlineData(IngestStep.SourceRead)]
    [InlineData(IngestStep.GoodFilesWritten)]
    public async Task Ingest_OvertakenByAWorkerThatFailsTheBatch_CommitsNothing(IngestStep step)
    {
        await using var workspace = new IngestWorkspace(Flights, Departures);
        await workspace.AcceptAsync("departures", workspace.Drop("a.csv", Csv));
        var slow = (await workspace.Inbox.ClaimAsync("slow", TimeSpan.Zero, default))!;
        var overtaken = new PauseAt(step, async () =>
        {
            workspace.Definitions = new DefinitionSet([]);
            Assert.Contains("not applied any more", (await workspace.RunOnceAsync(worker: "quick"))!.Outcome!.Error, StringComparison.Ordinal);
        });
        await new Ingestor(workspace.Ports, workspace.Options with { Lease = TimeSpan.Zero }, overtaken).IngestAsync(slow, default);

        Assert.True(overtaken.WasReached);
        Assert.Empty((await workspace.LoadAsync(Target)).Metadata.Snapshots);
        Assert.Empty((await workspace.LoadAsync($"{Target}__quarantine")).Metadata.Snapshots);
        Assert.Equal("failed", Assert.Single(await workspace.Inbox.ListAsync("departures", default)).State);
    }

    /// <summary>Stands still at a step while something else happens.</summary>
    private sealed class PauseAt(IngestStep step, Func<Task> meanwhile) : IIngestObserver
    {
        public bool WasReached { get; private set; }

        public async ValueTask ReachedAsync(IngestStep reached, ClaimedBatch batch, CancellationToken cancellationToken)
        {
            if (reached == step)
            {
                WasReached = true;
                await meanwhile();
            }
        }
    }

    /// <summary>Throws at a step, as a full disk would, once or always.</summary>
    private sealed class StopAt(IngestStep step, bool always = false) : IIngestObserver
    {
        public bool WasReached { get; private set; }

        public ValueTask ReachedAsync(IngestStep reached, ClaimedBatch batch, CancellationToken cancellationToken)
        {
            if (reached == step && (always || !WasReached))
            {
                WasReached = true;
                throw new IOException("stopped");
            }

            return ValueTask.CompletedTask;
        }
    }
}
