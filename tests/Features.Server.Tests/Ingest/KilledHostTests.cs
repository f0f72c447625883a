using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Iceberg;
using Features.Iceberg.Scans;
using Features.Server.Workspaces;

namespace Features.Server.Tests.Ingest;

/// <summary>Two workers on one inbox, each killed at a step; restarted, they leave the same tables as if nothing had happened. Every step of <see cref="IngestStep"/> is a case.</summary>
public sealed class KilledHostTests : IAsyncLifetime
{
    private const int Files = 2;
    private const int GoodRowsPerFile = 40;
    private const int BadRowsPerFile = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly string folder = Directory.CreateTempSubdirectory("features-killed-").FullName;

    public static TheoryData<IngestStep> Steps => [.. Enum.GetValues<IngestStep>()];

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(folder, "definitions"));
        Directory.CreateDirectory(Path.Combine(folder, "landing"));
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), "name: killed\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "definitions", "readings.yaml"), """
            kind: Contract
            name: readings
            columns:
              - { name: id, type: long, required: true }
              - { name: at, type: timestamp, required: true }
              - { name: value, type: double, required: false }
            ---
            kind: Pipeline
            name: readings
            source: { match: "landing/*" }
            contract: readings
            target: { table: plant.readings, partition: [day(at)], sort: [at], mode: append }
            """);
        await using var workspace = await Workspace.OpenAsync(folder, CancellationToken.None);
        await workspace.ApplyAsync(planOnly: false);
        for (var file = 0; file < Files; file++)
        {
            await ArriveAsync(workspace, $"readings-{file}.csv", Csv(file));
        }

        await ArriveAsync(workspace, "broken.parquet", "no Parquet at all");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Ingest_TwoWorkersKilledAtAStep_EndsAsIfNothingHadHappened(IngestStep step)
    {
        var killed = await Task.WhenAll(RunAsync(step), RunAsync(step));
        Assert.Contains(137, killed);

        Assert.Equal(0, await RunAsync(null));
        await AssertWholeAsync();
    }

    private async Task AssertWholeAsync()
    {
        await using var workspace = await Workspace.OpenAsync(folder, CancellationToken.None);
        var batches = await workspace.Inbox.ListAsync(null, CancellationToken.None);
        Assert.Equal(Files, batches.Count(b => b.State == "done"));
        Assert.Contains("broken.parquet", Assert.Single(batches, b => b.State == "failed").Outcome!.Error, StringComparison.Ordinal);
        Assert.Equal(Files * (GoodRowsPerFile + BadRowsPerFile), batches.Sum(b => b.Outcome!.Read));
        Assert.Equal(Files * GoodRowsPerFile, batches.Sum(b => b.Outcome!.Good));
        Assert.Equal(Files * BadRowsPerFile, batches.Sum(b => b.Outcome!.Quarantined));

        // Every row once: ids are unique over all files.
        Assert.Equal(Enumerable.Range(0, Files * GoodRowsPerFile).Select(i => (long)i), await IdsAsync(workspace));
        await AssertTableAsync(workspace, "readings", Files * GoodRowsPerFile);
        await AssertTableAsync(workspace, "readings__quarantine", Files * BadRowsPerFile);
        AssertLineage(workspace, batches);
    }

    private static async Task AssertTableAsync(Workspace workspace, string name, long rows)
    {
        var table = await workspace.Catalog.TryLoadTableAsync(new TableIdentifier("plant", name), CancellationToken.None);
        Assert.NotNull(table);
        Assert.Equal(Files, table.Metadata.Snapshots.Count);
        var plan = await table.NewScan().PlanAsync(CancellationToken.None);
        Assert.Equal(rows, plan.Report.RowsPlanned);

        // What no snapshot names is gone too.
        var named = plan.Tasks.Select(t => Path.GetFileName(t.File.FilePath)).ToHashSet();
        var standing = Directory.EnumerateFiles(Path.Combine(new Uri("file://" + table.Metadata.Location.Replace("file://", "", StringComparison.Ordinal)).LocalPath, "data"), "*.parquet", SearchOption.AllDirectories);
        Assert.Equal(named, standing.Select(f => Path.GetFileName(f)!).ToHashSet());
    }

    private static void AssertLineage(Workspace workspace, IReadOnlyList<BatchRecord> batches)
    {
        var events = File.ReadLines(workspace.LineagePath).Select(line => JsonNode.Parse(line)!).ToLookup(e => (string)e["run"]!["runId"]!, e => (string)e["eventType"]!);
        foreach (var batch in batches)
        {
            Assert.Equal(["START", batch.State == "done" ? "COMPLETE" : "FAIL"], events[batch.RunId]);
        }
    }

    private static async Task<List<long>> IdsAsync(Workspace workspace)
    {
        var ids = new List<long>();
        await using var result = await workspace.QueryAsync("SELECT id FROM plant.readings ORDER BY id");
        await foreach (var batch in result.ReadAsync())
        {
            using (batch)
            {
                ids.AddRange(((Apache.Arrow.Int64Array)batch.Column(0)).Values.ToArray());
            }
        }

        return ids;
    }

    private async Task<int> RunAsync(IngestStep? fatal)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Features.FaultHost.dll"));
        start.ArgumentList.Add(folder);
        if (fatal is { } step)
        {
            start.ArgumentList.Add(step.ToString());
        }

        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"the worker did not end within {Patience}");
        }

        Assert.True(process.ExitCode is 0 or 137, $"the worker ended with {process.ExitCode}: {await errors}");
        return process.ExitCode;
    }

    private async Task ArriveAsync(Workspace workspace, string name, string content)
    {
        var path = Path.Combine(folder, "landing", name);
        await File.WriteAllTextAsync(path, content);
        await workspace.Inbox.AcceptAsync(new Arrival("test", name, "readings", path, await LocalETag.OfAsync(path, CancellationToken.None), null), CancellationToken.None);
    }

    private static string Csv(int file)
    {
        var good = Enumerable.Range(file * GoodRowsPerFile, GoodRowsPerFile)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{i},2026-01-{1 + (i % 3):D2} 10:00:{i % 60:D2},{i / 4.0}"));
        string[] bad = [",2026-01-01 10:00:00,1", $"{file},soon,1", $"{file},2026-01-01 10:00:00,much"];
        return string.Join('\n', ["id,at,value", .. good, .. bad, ""]);
    }
}
