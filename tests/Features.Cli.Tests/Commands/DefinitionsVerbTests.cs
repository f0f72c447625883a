namespace Features.Cli.Tests.Commands;

/// <summary><c>features apply</c> and <c>features definitions</c> as processes of their own.</summary>
public sealed class DefinitionsVerbTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-definitions-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Apply_BySeveralProcessesAtOnce_AddsEachVersionOnce()
    {
        await WriteAsync("1d");
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync("apply", "--json")));
        var changes = results.Select(r => r.Objects().Select(o => (string)o["change"]!).Distinct().Single()).ToList();
        Assert.Equal(1, changes.Count(c => c == "added"));
        Assert.Equal(3, changes.Count(c => c == "unchanged"));
        Assert.Equal(1, (int)(await RunAsync("definitions", "history", "Entity/driver", "--json")).Object()["version"]!);
    }

    [Fact]
    public async Task Definitions_InForce_AreListedShownAndRemembered()
    {
        await WriteAsync("1d");
        (await RunAsync("apply")).Succeeded();
        Assert.Equal(["Entity/driver", "FeatureView/trips", "Contract/trips", "Pipeline/trips"], (await RunAsync("definitions", "list", "--json")).Objects().Select(o => $"{o["kind"]}/{o["name"]}"));
        await WriteAsync("2d");
        Assert.Contains("             ttl: 1d → 2d", (await RunAsync("apply", "--plan")).Lines());
        var planned = (await RunAsync("apply", "--json")).Objects().Single(o => (string?)o["change"] == "changed");
        Assert.Equal("""[{"path":"ttl","old":"1d","new":"2d"}]""", planned["differences"]!.ToJsonString());

        var shown = (await RunAsync("definitions", "show", "featureview/trips", "--json")).Object();
        Assert.Equal((2, "rides"), ((int)shown["version"]!, (string)shown["owner"]!));
        Assert.Equal("2d", (string)shown["definition"]!["ttl"]!);
        Assert.Equal("""{"n":"long"}""", shown["types"]!.ToJsonString());
        Assert.Equal([1, 2], (await RunAsync("definitions", "history", "FeatureView/trips", "--json")).Objects().Select(o => (int)o["version"]!));
        Assert.Contains("did you mean FeatureView/trips or Contract/trips", (await RunAsync("definitions", "show", "Entity/trips")).Failed(), StringComparison.Ordinal);
    }

    private Task<FeaturesResult> RunAsync(params IEnumerable<string> arguments) => FeaturesProcess.RunAsync(folder, arguments);

    private async Task WriteAsync(string ttl)
    {
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), "name: rides\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions", "all.yaml"), $$"""
            kind: Entity
            name: driver
            keys: [{ name: driver_id, type: long }]
            ---
            kind: FeatureView
            name: trips
            owner: rides
            entity: driver
            source: rides.trips
            clocks: { event: started_at }
            ttl: {{ttl}}
            features: [{ name: n, aggregate: count(*), window: 1h }]
            ---
            kind: Contract
            name: trips
            columns: [{ name: driver_id, type: long, required: true }, { name: started_at, type: timestamp, required: true }]
            ---
            kind: Pipeline
            name: trips
            source: { match: "landing/trips/*.csv" }
            contract: trips
            target: { table: rides.trips }
            """);
    }
}
