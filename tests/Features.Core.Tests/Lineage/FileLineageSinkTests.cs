using System.Text.Json;
using Features.Core.Lineage;

namespace Features.Core.Tests.Lineage;

public sealed class FileLineageSinkTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("features-lineage-");

    private string FilePath => Path.Combine(folder.FullName, "sub", "lineage.ndjson");

    private static RunEvent Event(RunState state, string run) => new()
    {
        State = state,
        Time = DateTimeOffset.UnixEpoch,
        RunId = run,
        RunFacets = state == RunState.Fail ? [RunFacets.ErrorMessage("it broke")] : [],
        Job = new LineageJob("features", "departures", [JobFacets.JobType("PIPELINE"), JobFacets.Sql("SELECT 'secret' FROM source")]),
        Inputs = [new LineageDataset(LineageNames.Of("/landing/a.parquet"), [DatasetFacets.Version("v1")], [DatasetFacets.InputStatistics(3, null, 1)])],
    };

    private async Task EmitAsync(RunState state, string run, bool mayStand = false)
    {
        using var sink = new FileLineageSink(FilePath, TimeProvider.System);
        await sink.EmitAsync(Event(state, run), mayStand, TestContext.Current.CancellationToken);
    }

    private List<JsonElement> Events() => [.. File.ReadLines(FilePath).Select(l => JsonDocument.Parse(l).RootElement)];

    [Fact]
    public async Task Emit_FromManyDoorsAtOnce_WritesEveryLineWhole()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => EmitAsync(RunState.Start, $"run-{i}"))));
        Assert.Equal(50, Events().Select(e => e.GetProperty("run").GetProperty("runId").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Emit_OfWhatMayStand_WritesEachEventOnce()
    {
        await EmitAsync(RunState.Start, "a");
        await EmitAsync(RunState.Start, "a", mayStand: true);
        await EmitAsync(RunState.Start, "b", mayStand: true);
        await EmitAsync(RunState.Complete, "a", mayStand: true);
        await EmitAsync(RunState.Complete, "a", mayStand: true);
        await EmitAsync(RunState.Fail, "a", mayStand: true);
        Assert.Equal(["START a", "START b", "COMPLETE a"], Events().Select(e => $"{e.GetProperty("eventType")} {e.GetProperty("run").GetProperty("runId")}"));
    }

    [Fact]
    public async Task Emit_AfterAWriterWasKilledInALine_CutsTheTornLine()
    {
        await EmitAsync(RunState.Start, "a");
        await File.AppendAllTextAsync(FilePath, "{\"eventType\":\"COMP", TestContext.Current.CancellationToken);
        await EmitAsync(RunState.Complete, "a", mayStand: true);
        Assert.Equal(2, Events().Count);
    }

    [Fact]
    public async Task Emit_OfAnyEvent_NamesProducerAndSchemaOfEveryFacet_AndNoLiteral()
    {
        await EmitAsync(RunState.Fail, "a");
        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(FilePath, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var facet = Assert.Single(Events()).GetProperty("run").GetProperty("facets").GetProperty("errorMessage");
        Assert.Equal("https://openlineage.io/spec/facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet", facet.GetProperty("_schemaURL").GetString());
        Assert.Equal("it broke", facet.GetProperty("message").GetString());
        Assert.NotNull(facet.GetProperty("_producer").GetString());
    }

    public void Dispose() => folder.Delete(recursive: true);
}
