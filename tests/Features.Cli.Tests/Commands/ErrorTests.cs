using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Features.Cli.Tests.Commands;

/// <summary>What goes wrong is said on standard error in a line that names the thing and the remedy; standard output stays empty.</summary>
public sealed class ErrorTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-errors-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (await FeaturesProcess.RunAsync(folder, "init", ".")).Succeeded();

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task AWrongCommandLine_EndsWith2AndSaysWhereToLook()
    {
        Assert.Equal("error usage: unrecognized command or argument 'scna'; run 'features --help' for what it takes", (await RunAsync("scna")).Failed(2));
        Assert.Contains("required argument 'TABLE' missing", (await RunAsync("scan")).Failed(2), StringComparison.Ordinal);
        Assert.Contains("'parquet' 'arrow'; run 'features scan --help'", (await RunAsync("scan", "a.b", "--format", "xml")).Failed(2), StringComparison.Ordinal);
        Assert.Contains("--limit is -1", (await RunAsync("scan", "a.b", "--limit", "-1")).Failed(2), StringComparison.Ordinal);
        Assert.Equal("error usage: there is no option '--ful'; run 'features materialize --help' for what it takes", (await RunAsync("materialize", "--ful")).Failed(2));
        Assert.Contains("there is no option '--reff'", (await RunAsync("table", "append", "flights.airports", "data/airports.csv", "--reff", "x")).Failed(2), StringComparison.Ordinal);
        Assert.Equal("1\n", (await RunAsync("sql", "--one\nSELECT 1 AS v", "--format", "csv")).Succeeded().Split("v\n")[1]);
        Assert.Contains("give a Parquet or Arrow file", (await RunAsync("dataset", "create", "d", "--from", "s", "--spine", "data/airports.csv", "--timestamp", "t")).Failed(2), StringComparison.Ordinal);
        Assert.Equal("error usage: --seed is for --shuffle global or grouped", (await RunAsync("fetch", "x", "--seed", "3")).Failed(2));
    }

    [Fact]
    public async Task TheExamplesOfTheHelp_WorkInTheSample()
    {
        (await RunAsync("apply")).Succeeded();
        (await RunAsync("ingest", "departures", "data/flights.parquet")).Succeeded();
        (await RunAsync("ingest", "airports", "data/airports.csv")).Succeeded();
        foreach (var verb in new[] { "table upsert", "table overwrite", "table append", "table evolve", "historical" })
        {
            var words = verb.Split(' ');
            var example = (await RunAsync([.. words, "--help"])).Succeeded().Split("Example:\n")[1].Trim();
            Assert.StartsWith($"features {verb} ", example, StringComparison.Ordinal);
            (await RunAsync([.. System.Text.RegularExpressions.Regex.Matches(example, "\"[^\"]*\"|\\S+").Skip(1).Select(m => m.Value.Trim('"'))])).Succeeded();
        }

        string[] join = ["historical", "--features", "origin_delays:*", "--spine", "SELECT origin, departs_at FROM flights.departures LIMIT 2", "--timestamp", "departs_at"];
        Assert.Equal(2, (await RunAsync([.. join, "--json"])).Objects().Count);
    }

    [Fact]
    public async Task WhatIsMissing_IsNamedWithARemedy()
    {
        Assert.Equal("error pipeline-not-found: no pipeline 'departures' is in force (there is none; run 'features apply')", (await RunAsync("ingest", "departures", "data/flights.parquet", "--json")).Failed());
        (await RunAsync("apply")).Succeeded();
        Assert.Equal("error file-not-found: there is no file 'nope.parquet'; check the path", (await RunAsync("ingest", "departures", "nope.parquet")).Failed());
        Assert.Contains("(there are: departures, airports)", (await RunAsync("ingest", "nope", "data/flights.parquet")).Failed(), StringComparison.Ordinal);
        Assert.StartsWith("error table-not-found: table 'flights.nope' does not exist; there are no tables", (await RunAsync("scan", "flights.nope")).Failed(), StringComparison.Ordinal);
        Assert.StartsWith("error sql: 'nope' is not a table: write namespace.name", (await RunAsync("sql", "SELECT * FROM nope")).Failed(), StringComparison.Ordinal);
        Assert.StartsWith("error dataset-not-found: there is no training set 'x'", (await RunAsync("dataset", "show", "x", "--json")).Failed(), StringComparison.Ordinal);
        Assert.Contains("features.yaml; make a workspace with 'features init", (await FeaturesProcess.RunAsync(Path.GetTempPath(), "table", "list")).Failed(), StringComparison.Ordinal);
        Assert.StartsWith("error flight: the data service at grpc://127.0.0.1:1/ is unavailable", (await RunAsync("fetch", "x", "--flight", "grpc://127.0.0.1:1")).Failed(), StringComparison.Ordinal);
        Assert.StartsWith("error file-not-found: there is no file '/nope.parquet'; --input takes", (await RunAsync("demo", "--input", "/nope.parquet", "--json")).Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileThatIsNotWhatItsNameSays_FailsWithoutTheEnginesOwnSql()
    {
        (await RunAsync("apply")).Succeeded();
        await File.WriteAllTextAsync(Path.Combine(folder, "flights.parquet"), "no Parquet at all, but long enough to be one", Token);
        var error = (await RunAsync("ingest", "departures", "flights.parquet")).Failed();
        Assert.Contains("flights.parquet' is not a readable Parquet file", error, StringComparison.Ordinal);
        Assert.DoesNotContain("SELECT", error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("read_parquet", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADefinitionWithThreeMistakes_IsToldAllThreeByFileAndLine()
    {
        var file = Path.Combine(folder, "definitions", "mistakes.yaml");
        await File.WriteAllTextAsync(file, """
            kind: FeatureView
            name: broken
            entity: nobody
            source: flights.departures
            clocks: { event: departs_at, available: known_at }
            features:
              - { name: a, aggregate: avrg(delay), window: 3h }
              - { name: b, aggregate: avg(delay), window: 3 hours }
              - { name: c, agregate: avg(delay), window: 3h }
            """, Token);
        var result = await RunAsync("apply", "--json");
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        var errors = result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(errors, line => Assert.StartsWith($"error definition-invalid: {file}:", line, StringComparison.Ordinal));
        Assert.Contains(errors, line => line.Contains(":7:", StringComparison.Ordinal) && line.Contains("avrg(delay)", StringComparison.Ordinal));
        Assert.Contains(errors, line => line.Contains(":8:", StringComparison.Ordinal) && line.Contains("3 hours", StringComparison.Ordinal));
        Assert.Contains(errors, line => line.Contains(":9:", StringComparison.Ordinal) && line.Contains("did you mean 'aggregate'", StringComparison.Ordinal));
        Assert.Contains("no pipeline 'departures' is in force", (await RunAsync("ingest", "departures", "data/flights.parquet")).Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMalformedEventOrATakenPort_IsRefusedWithTheReason_AndTheHostGoesOn()
    {
        (await RunAsync("apply")).Succeeded();
        await using var serving = await ServingProcess.StartAsync(folder);
        using var http = new HttpClient();
        foreach (var (body, reason) in new[] { ("{\"specversion\":", "event-not-json"), ("{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/me\"}", "type") })
        {
            using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/cloudevents+json"));
            using var response = await http.PostAsync(serving.Events, content, Token);
            var answer = await response.Content.ReadAsStringAsync(Token);
            Assert.Equal(400, (int)response.StatusCode);
            Assert.Contains(reason, answer, StringComparison.Ordinal);
            Assert.Contains("\"remedy\":", answer, StringComparison.Ordinal);
        }

        Assert.StartsWith("error listen: ", (await RunAsync("serve", "--events", serving.Events.GetLeftPart(UriPartial.Authority), "--flight", "grpc://127.0.0.1:0", "--online", "http://127.0.0.1:0")).Failed(), StringComparison.Ordinal);
        Assert.Equal(0, (await serving.StopAsync()).ExitCode);
    }

    [Fact]
    public async Task AFullDisk_IsSaid_LeavesNothingVisible_AndTheBatchGoesOnWhenThereIsSpace()
    {
        var disk = Path.Combine(folder, "disk");
        Directory.CreateDirectory(disk);
        var missing = await MountAsync("-t", "tmpfs", "-o", "size=1m", "tmpfs", disk) ? null : "a small disk cannot be mounted here: it needs root on Linux";
        Assert.False(missing is not null && Environment.GetEnvironmentVariable("CI") == "true", missing);
        Assert.SkipWhen(missing is not null, missing ?? "");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), $"catalog: {{ warehouse: {disk}/warehouse }}\n", Token);
            (await RunAsync("apply")).Succeeded();
            var error = (await RunAsync("ingest", "departures", "data/flights.parquet", "--json")).Failed();
            Assert.StartsWith("error ingest-postponed: ", error, StringComparison.Ordinal);
            Assert.Contains(disk, error, StringComparison.Ordinal);
            Assert.Contains("the disk is full; free space", error, StringComparison.Ordinal);
            Assert.Contains("run the command again", error, StringComparison.Ordinal);
            Assert.Equal("0\n", (await RunAsync("scan", "flights.departures", "--count")).Succeeded());
            Assert.Empty(Directory.EnumerateFiles(disk, "*.parquet", SearchOption.AllDirectories));

            Assert.True(await MountAsync("-o", "remount,size=64m", disk));
            var done = (await RunAsync("ingest", "departures", "data/flights.parquet", "--json")).Object();
            Assert.False((bool)done["duplicate"]!);
            Assert.Equal($"{done["good"]}\n", (await RunAsync("scan", "flights.departures", "--count")).Succeeded());
            Assert.Single((await RunAsync("table", "history", "flights.departures", "--json")).Objects());
        }
        finally
        {
            using var unmount = Process.Start("umount", ["--lazy", disk]);
            await unmount.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<bool> MountAsync(params string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            return false;
        }

        return (await FeaturesProcess.RunAsync(new ProcessStartInfo("mount", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })).ExitCode == 0;
    }

    private Task<FeaturesResult> RunAsync(params string[] arguments) => FeaturesProcess.RunAsync(folder, arguments);
}
