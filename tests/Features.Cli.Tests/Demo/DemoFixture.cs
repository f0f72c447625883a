using System.Text.Json.Nodes;

namespace Features.Cli.Tests.Demo;

/// <summary>The demo, run twice in one workspace over some 20,000 flights, and what it left being served.</summary>
public sealed class DemoFixture : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-demo-").FullName;
    private ServingProcess? serving;

    /// <summary>The workspace that it kept.</summary>
    public string Workspace => Path.Combine(folder, "workspace");

    /// <summary>The flights of the input.</summary>
    public long Flights { get; private set; }

    /// <summary>The lineage that the demo left, before the server added its own.</summary>
    public string Lineage => Path.Combine(folder, "lineage.ndjson");

    internal FeaturesResult First { get; private set; } = null!;

    internal FeaturesResult Second { get; private set; } = null!;

    /// <summary>The Flight server over the workspace.</summary>
    internal string FlightAddress => serving!.Flight;

    /// <summary>The last line that a run printed.</summary>
    internal static JsonObject Summary(FeaturesResult run) => JsonNode.Parse(run.Lines()[^1])!.AsObject();

    public async ValueTask InitializeAsync()
    {
        var input = Path.Combine(folder, "flights.parquet");
        Flights = await FlightsSample.WriteAsync(input, days: 10, stride: 8);
        First = await FeaturesProcess.RunAsync(folder, "demo", "--input", input, "--keep", Workspace, "--json");
        First.Succeeded();
        Second = await FeaturesProcess.RunAsync(folder, "demo", "--input", input, "--keep", Workspace, "--json");
        Second.Succeeded();
        File.Copy(Path.Combine(Workspace, ".features", "lineage.ndjson"), Lineage);
        serving = await ServingProcess.StartAsync(Workspace);
    }

    public async ValueTask DisposeAsync()
    {
        if (serving is not null)
        {
            await serving.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }
}
