using System.Text.Json.Nodes;

namespace Features.Cli.Tests.Commands;

/// <summary>Cards from the command line, of a set that was made by hand.</summary>
public sealed class DatasetCardTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-card-").FullName;
    private string workspace = "";

    public async ValueTask InitializeAsync()
    {
        var flights = Path.Combine(folder, "some.parquet");
        await FlightsSample.WriteAsync(flights, days: 3, stride: 32);
        workspace = Path.Combine(folder, "flights");
        (await FeaturesProcess.RunAsync(folder, "init", "flights")).Succeeded();
        (await RunAsync("apply")).Succeeded();
        (await RunAsync("ingest", "departures", flights)).Succeeded();
        (await RunAsync("dataset", "create", "delays")).Succeeded();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Card_InEachFormat_SaysWhatTheSetIs()
    {
        var shown = (await RunAsync("dataset", "show", "delays", "--json")).Object();
        var markdown = (await RunAsync("dataset", "card", "delays")).Succeeded();
        Assert.StartsWith("# delays\n", markdown, StringComparison.Ordinal);
        Assert.Contains((string)shown["digest"]!, markdown, StringComparison.Ordinal);
        Assert.Equal(markdown, (await RunAsync("dataset", "card", "delays", "--format", "md")).Succeeded());

        var path = Path.Combine(folder, "card.html");
        Assert.Equal("", (await RunAsync("dataset", "card", "delays", "--format", "html", "--out", path)).Succeeded());
        var page = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains("avg(delay &gt; 15) over 6h", page, StringComparison.Ordinal);

        var croissant = JsonNode.Parse((await RunAsync("dataset", "card", "delays", "--format", "croissant")).Succeeded())!;
        Assert.Equal("http://mlcommons.org/croissant/1.1", (string)croissant["conformsTo"]!);
        Assert.Equal(64, ((string)croissant["distribution"]![0]!["sha256"]!).Length);
    }

    [Fact]
    public async Task Card_ThatCannotBe_IsAnError()
    {
        Assert.Contains("dataset-not-found", (await RunAsync("dataset", "card", "nothing")).Failed(), StringComparison.Ordinal);
        Assert.Contains("file-unwritable", (await RunAsync("dataset", "card", "delays", "--out", Path.Combine(folder, "no", "such", "folder.md"))).Failed(), StringComparison.Ordinal);
    }

    private Task<FeaturesResult> RunAsync(params string[] arguments) => FeaturesProcess.RunAsync(workspace, arguments);
}
