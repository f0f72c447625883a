using Features.Core.Governance;
using Features.Core.Online;
using Features.Core.Skew;
using Features.Server.Workspaces;

namespace Features.Cli.Tests.Commands;

/// <summary><c>features online skew</c> as a process of its own, over answers that were really given.</summary>
public sealed class OnlineSkewVerbTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-skew-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Skew_OverLoggedAnswers_ExitsByWhetherTheyDiffer()
    {
        await WriteAsync();
        Assert.StartsWith("error no-answers: ", (await RunAsync()).Failed(), StringComparison.Ordinal);
        await AnswerAsync();

        var same = await RunAsync();
        Assert.Contains("2 logged answers of 4 rows", same.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("trips:fares_1d", same.Output, StringComparison.Ordinal);
        Assert.Equal(["trips:fare", "trips:fares_1d"], (await RunAsync("--json")).Objects().Select(o => (string)o["feature"]!));

        var path = Directory.GetFiles(Path.Combine(folder, ".features", "answers")).Single();
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path, Token)).Replace("[9.0,", "[18.0,", StringComparison.Ordinal), Token);
        var differing = await RunAsync();
        Assert.Equal(1, differing.ExitCode);
        Assert.StartsWith("error skew: online and historical values differ beyond 1E-09: trips:fares_1d (2 values, 0 statuses); ", differing.Errors, StringComparison.Ordinal);
        Assert.Contains("trips:fares_1d: for driver_id=1 at 2024-03-01T12:00:00Z, online 18, historical 9", differing.Output, StringComparison.Ordinal);
        Assert.Contains("9 (50.00 %)", differing.Output, StringComparison.Ordinal);
        var skew = (await RunAsync("--json", "--examples", "1")).Output.Split('\n').Select(l => l.Length == 0 ? null : System.Text.Json.Nodes.JsonNode.Parse(l)).First(o => (string)o!["feature"]! == "trips:fares_1d")!;
        Assert.Equal((4, 2, 2, 1), ((int)skew["compared"]!, (int)skew["equal"]!, (int)skew["differing"]!, skew["examples"]!.AsArray().Count));
        (await RunAsync("--tolerance", "0.5")).Succeeded();

        Assert.Equal(2, (await RunAsync("--since", "yesterday")).ExitCode);
        Assert.Equal(2, (await RunAsync("--tolerance", "-1")).ExitCode);
    }

    private Task<FeaturesResult> RunAsync(params IEnumerable<string> arguments) => FeaturesProcess.RunAsync(folder, ["online", "skew", .. arguments]);

    private async Task AnswerAsync()
    {
        await using var workspace = await Workspace.OpenAsync(folder, Token);
        await workspace.MaterializeAsync([], cancellationToken: Token);
        await using var log = new AnswerLog(workspace.AnswersPath, new AnswerLogOptions { Share = 1 }, workspace.Clock);
        for (var i = 0; i < 2; i++)
        {
            var request = new OnlineRequest
            {
                Features = ["trips:*"],
                At = new DateTimeOffset(2024, 3, 1, 12, 0, 0, TimeSpan.Zero),
                Entities = new Dictionary<string, IReadOnlyList<FeatureValue>> { ["driver_id"] = [FeatureValue.Of(1), FeatureValue.Of(99)] },
            };
            Assert.True(log.Offer(request, await workspace.OnlineFeatures.GetAsync(request, Reader.Local("online"), Token)));
        }
    }

    private async Task WriteAsync()
    {
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), "name: rides\n", Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "trips.csv"), "driver_id,started_at,fare\n1,2024-03-01 10:00:00,4.5\n1,2024-03-01 11:00:00,4.5\n2,2024-03-01 11:30:00,7\n", Token);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "definitions", "all.yaml"),
            """
            kind: Entity
            name: driver
            keys: [{ name: driver_id, type: long }]
            ---
            kind: FeatureView
            name: trips
            entity: driver
            source: rides.trips
            clocks: { event: started_at }
            features:
              - { name: fare, column: fare }
              - { name: fares_1d, aggregate: sum(fare), window: 1d }
            ---
            kind: Contract
            name: trips
            columns: [{ name: driver_id, type: long, required: true }, { name: started_at, type: timestamp, required: true }, { name: fare, type: double }]
            ---
            kind: Pipeline
            name: trips
            source: { match: "landing/trips/*.csv" }
            contract: trips
            target: { table: rides.trips }
            """,
            Token);
        (await FeaturesProcess.RunAsync(folder, "apply")).Succeeded();
        (await FeaturesProcess.RunAsync(folder, "ingest", "trips", Path.Combine(folder, "trips.csv"))).Succeeded();
    }
}
