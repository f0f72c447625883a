using System.Text.Json.Nodes;

namespace Features.Cli.Tests.Commands;

/// <summary>Training sets by hand: made with options of their own, shown, and verified as they stand and by making them again.</summary>
public sealed class DatasetVerbTests : IAsyncLifetime
{
    private const string Spine = "SELECT departs_at, origin, destination, delay > 15 AS late FROM flights.departures";

    private readonly string folder = Directory.CreateTempSubdirectory("features-datasets-").FullName;
    private string workspace = "";
    private long flights;

    public async ValueTask InitializeAsync()
    {
        var file = Path.Combine(folder, "some.parquet");
        flights = await FlightsSample.WriteAsync(file, days: 3, stride: 64);
        workspace = Path.Combine(folder, "flights");
        (await FeaturesProcess.RunAsync(folder, "init", "flights")).Succeeded();
        (await RunAsync("apply")).Succeeded();
        (await RunAsync("ingest", "departures", file)).Succeeded();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Set_WithOptions_SharesItsRowsOutAndLeavesLateLabelsOut()
    {
        string[] options = ["--from", "delay_model", "--spine", Spine, "--timestamp", "departs_at", "--label", "late", "--label-matures", "2h", "--as-of", "2001-01-03", "--split", "time:train=0.5,test=0.5"];
        var made = (await RunAsync(["dataset", "create", "early", .. options, "--json"])).Object();
        Assert.Equal(flights, (long)made["rows"]! + (long)made["left_out"]!);
        Assert.InRange((long)made["left_out"]!, 1, flights - 1);
        Assert.Equal("_split", (string)made["columns"]!.AsArray()[^1]!["name"]!);
        Assert.Contains("train", made["parts"]!.AsArray().Select(p => (string?)p!["name"]));
        Assert.Equal("2001-01-03T00:00:00.0000000+00:00", (string)made["as_of"]!);
        Assert.Equal(["early"], (await RunAsync("dataset", "list", "--json")).Objects().Select(o => (string)o["name"]!));

        var verified = (await RunAsync("dataset", "verify", "early", "--stored", "--rebuild", "--json")).Object();
        Assert.True((bool)verified["verified"]!);
        Assert.Equal("identical", (string)verified["rebuild"]!["outcome"]!);
        Assert.Equal((string)made["digest"]!, (string)verified["stored"]!["actual"]!);

        (await RunAsync("table", "tag", "flights.departures", "dataset/early", "--drop")).Succeeded();
        var broken = await RunAsync("dataset", "verify", "early", "--json");
        Assert.Equal(1, broken.ExitCode);
        Assert.False((bool)JsonNode.Parse(broken.Output)!["verified"]!);
        Assert.StartsWith("error dataset-not-verified: ", broken.Errors, StringComparison.Ordinal);
        Assert.Contains("is gone", broken.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("time", "names no parts")]
    [InlineData("time:train", "is no name and share")]
    [InlineData("key:train=0.5,test=0.4", "add up to 1")]
    [InlineData("key:train=0.5,train=0.5", "each once")]
    public async Task Split_ThatIsNone_IsRefused(string split, string problem)
    {
        var refusal = (await RunAsync("dataset", "create", "early", "--from", "delay_model", "--spine", Spine, "--timestamp", "departs_at", "--split", split)).Failed(2);
        Assert.StartsWith("error usage: --split", refusal, StringComparison.Ordinal);
        Assert.Contains(problem, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_ThatSayNothing_AreRefused()
    {
        Assert.Contains("--split describe a set together with", (await RunAsync("dataset", "create", "delays", "--split", "key:train=0.5,test=0.5")).Failed(2), StringComparison.Ordinal);
        Assert.Contains("name it with --label", (await RunAsync("dataset", "create", "early", "--from", "delay_model", "--spine", Spine, "--timestamp", "departs_at", "--label-matures", "1d")).Failed(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_ThatIsNotThere_IsNotVerified() =>
        Assert.StartsWith("error training-set-not-found: there is no training set 'erly'", (await RunAsync("dataset", "verify", "erly")).Failed(), StringComparison.Ordinal);

    private Task<FeaturesResult> RunAsync(params IEnumerable<string> arguments) => FeaturesProcess.RunAsync(workspace, arguments);
}
