using Features.Server.Ingest;
using Features.Server.Workspaces;

namespace Features.Server.Tests.Ingest;

public sealed class DirectIngestTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-direct-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task File_WhoseBatchFailed_IsIngestedOnceThePipelineIsMended()
    {
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), "name: direct\n", Token);
        var file = Path.Combine(folder, "readings.csv");
        await File.WriteAllTextAsync(file, "id,value\n1,0.5\n2,\n", Token);
        await using var workspace = await Workspace.OpenAsync(folder, Token);

        await ApplyAsync(workspace, contractColumn: "identity");
        var failed = await DirectIngest.RunAsync(workspace, "readings", file, Token);
        Assert.Contains("identity", failed.Outcome.Error, StringComparison.Ordinal);
        Assert.False(failed.Duplicate);

        await ApplyAsync(workspace, contractColumn: "id");
        var mended = await DirectIngest.RunAsync(workspace, "readings", file, Token);
        Assert.Equal((null, 2, 0, false), (mended.Outcome.Error, mended.Outcome.Good, mended.Outcome.Quarantined, mended.Duplicate));
        Assert.NotEqual(failed.RunId, mended.RunId);

        var again = await DirectIngest.RunAsync(workspace, "readings", file, Token);
        Assert.Equal((mended.RunId, mended.Outcome, true), (again.RunId, again.Outcome, again.Duplicate));
    }

    private async Task ApplyAsync(Workspace workspace, string contractColumn)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions", "readings.yaml"), $$"""
            kind: Contract
            name: readings
            columns:
              - { name: {{contractColumn}}, type: long, required: true }
            ---
            kind: Pipeline
            name: readings
            source: { match: "landing/*" }
            contract: readings
            target: { table: plant.readings, mode: append }
            """, Token);
        await workspace.ApplyAsync(planOnly: false, Token);
    }
}
