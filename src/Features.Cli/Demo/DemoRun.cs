using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Features.Cli.Commands;
using Features.Core.Inbox;
using Features.Core.TrainingSets;
using Features.Iceberg;
using Features.Server.Hosting;
using Features.Server.Workspaces;

namespace Features.Cli.Demo;

/// <summary>The demo, a method a stage of the way of the data.</summary>
internal sealed class DemoRun(CliConsole console, DemoOptions options)
{
    private const string Dataset = "delays";
    private readonly DemoProgress progress = new(options.Json ? console.Progress : console.People);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await WorkspaceTemplate.WriteAsync(options.Folder, cancellationToken);
        await using var workspace = await Workspace.OpenAsync(options.Folder, cancellationToken);
        await using var host = await FeaturesHost.StartAsync(workspace, FeaturesHostOptions.AnyPort with { Logs = false }, cancellationToken);
        await ApplyAsync(workspace, cancellationToken);
        await AnnounceAsync(workspace, host, cancellationToken);
        var batches = await IngestAsync(workspace, cancellationToken);
        await ShowGovernanceAsync(workspace, cancellationToken);
        var set = await JoinAsync(workspace, cancellationToken);
        var training = await TrainAsync(workspace, host, set, cancellationToken);
        await SummariseAsync(workspace, batches, set, training, clock, cancellationToken);
    }

    private Task<int> ApplyAsync(Workspace workspace, CancellationToken cancellationToken) => progress.StepAsync("apply", async _ =>
    {
        var plan = await workspace.ApplyAsync(planOnly: false, cancellationToken);
        return (plan.Entries.Count, $"{plan.Entries.Count} definitions in force: {string.Join(", ", plan.Entries.GroupBy(e => e.Kind).Select(g => $"{g.Count()} {g.Key}"))}");
    });

    private Task<int> AnnounceAsync(Workspace workspace, FeaturesHost host, CancellationToken cancellationToken) => progress.StepAsync("events", async report =>
    {
        using var door = new FrontDoor(host.EventsAddress);
        var files = 0;
        var repeated = 0;
        await foreach (var path in new LandingFiles(workspace, options.Input ?? Path.Combine(workspace.Root, "data", "flights.parquet")).DropAsync(cancellationToken))
        {
            await door.AnnounceAsync(path, cancellationToken);
            if (files % 3 == 0)
            {
                await door.AnnounceAsync(path, cancellationToken);
                repeated++;
            }

            report(1 - (1 / (1.0 + ++files)));
        }

        await door.AnnounceNonsenseAsync(cancellationToken);
        return (files, $"{files} files landed, {files + repeated} CloudEvents posted ({repeated} twice), 1 malformed event refused with 400");
    });

    private Task<IReadOnlyList<BatchRecord>> IngestAsync(Workspace workspace, CancellationToken cancellationToken) => progress.StepAsync("ingest", async report =>
    {
        IReadOnlyList<BatchRecord> batches;
        while (true)
        {
            batches = await workspace.Inbox.ListAsync(null, cancellationToken);
            var done = batches.Count(b => b.Outcome is not null);
            report((double)done / batches.Count);
            if (done == batches.Count)
            {
                break;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }

        foreach (var batch in batches.Where(b => b.Outcome?.Error is not null))
        {
            progress.Line($"failed by itself: {batch.Outcome!.Error}");
        }

        var sum = Sum(batches);
        return (batches, $"{sum.Read:N0} rows read = {sum.Good:N0} good + {sum.Quarantined:N0} quarantined, {sum.Commits} Iceberg commits");
    });

    private Task<int> ShowGovernanceAsync(Workspace workspace, CancellationToken cancellationToken) => progress.StepAsync("govern", async _ =>
    {
        var table = await workspace.Reads.LoadAsync(new TableIdentifier("flights", "departures"), cancellationToken);
        var tags = Core.Governance.TableTags.Read(table.Metadata.Properties);
        var events = File.ReadLines(workspace.LineagePath).Count();
        long reads = 0;
        await foreach (var record in workspace.Audit.ReadAsync(cancellationToken))
        {
            reads += record.Allowed ? 1 : 0;
        }

        return (0, $"flights.departures is tagged {string.Join(", ", tags.Table.Select(t => $"{t.Key}={t.Value}"))}; {events} OpenLineage events; {reads} reads audited, the chain holds");
    });

    private Task<TrainingSetManifest> JoinAsync(Workspace workspace, CancellationToken cancellationToken) => progress.StepAsync("join", async _ =>
    {
        var declared = await workspace.DeclaredTrainingSetAsync(Dataset, cancellationToken);
        // More arrivals since the last run make another set; the same ones make the same.
        var created = await workspace.CreateTrainingSetAsync(declared, replace: true, cancellationToken);
        var features = created.Manifest.Columns.Count(c => c.Role == "feature");
        return (created.Manifest, $"{created.Manifest.Rows:N0} rows x {features} point-in-time features, {(created.Change == TrainingSetChange.Unchanged ? "the same set as before" : "pinned and tagged")}, {created.Manifest.Digest[..19]}…");
    });

    private Task<JsonObject> TrainAsync(Workspace workspace, FeaturesHost host, TrainingSetManifest set, CancellationToken cancellationToken) => progress.StepAsync("train", async report =>
    {
        var lines = 0;
        var result = await TrainingProcess.RunAsync(
            host.FlightAddress.ToString(),
            set.Name,
            PredictionsPath(workspace),
            line =>
            {
                progress.Line(line);
                report(1 - (1 / (1.0 + ++lines)));
            },
            cancellationToken);
        return (result, string.Create(CultureInfo.InvariantCulture, $"AUC {(double)result["auc"]!:F4} with point-in-time features, {(double)result["baseline_auc"]!:F4} without; {(double)result["rows_per_second"]!:N0} rows/s over Flight, {(double)result["wait_share"]!:P0} waiting"));
    });

    private async Task SummariseAsync(Workspace workspace, IReadOnlyList<BatchRecord> batches, TrainingSetManifest set, JsonObject training, Stopwatch clock, CancellationToken cancellationToken)
    {
        var snapshots = new JsonObject();
        foreach (var identifier in await workspace.Catalog.ListTablesAsync(null, cancellationToken))
        {
            var table = await workspace.Catalog.TryLoadTableAsync(identifier, cancellationToken);
            snapshots[identifier.ToString()] = TableJson.Id(table?.Metadata.CurrentSnapshotId);
        }

        var sum = Sum(batches);
        if (options.Json)
        {
            console.Json(new JsonObject
            {
                ["read"] = sum.Read,
                ["good"] = sum.Good,
                ["quarantined"] = sum.Quarantined,
                ["commits"] = sum.Commits,
                ["snapshots"] = snapshots,
                ["digest"] = set.Digest,
                ["training"] = training,
                ["seconds"] = Math.Round(clock.Elapsed.TotalSeconds, 2),
            });
            return;
        }

        await console.Out.WriteLineAsync();
        await console.Out.WriteLineAsync($"rows       {sum.Read:N0} read = {sum.Good:N0} good + {sum.Quarantined:N0} quarantined");
        foreach (var (table, snapshot) in snapshots)
        {
            await console.Out.WriteLineAsync($"snapshot   {table,-32} {snapshot}");
        }

        await console.Out.WriteLineAsync($"digest     {set.Digest}");
        await console.Out.WriteLineAsync($"time       {clock.Elapsed.TotalSeconds:F1} s, {Process.GetCurrentProcess().PeakWorkingSet64 >> 20:N0} MB at the most");
        await console.Out.WriteLineAsync(options.Keeps
            ? $"state      {workspace.Root} (tables: .features/warehouse, lineage: .features/lineage.ndjson, predictions: predictions.csv)"
            : "state      was temporary and is gone; run with --keep flights-demo to look at it");
        await console.Out.WriteLineAsync(options.Keeps
            ? $"next       cd {options.Folder} && features table show flights.departures && features scan flights.departures__quarantine"
            : "next       features demo --keep flights-demo, then features table list --workspace flights-demo");
    }

    private static string PredictionsPath(Workspace workspace) => Path.Combine(workspace.Root, "predictions.csv");

    private static (long Read, long Good, long Quarantined, int Commits) Sum(IReadOnlyList<BatchRecord> batches)
    {
        var outcomes = batches.Select(b => b.Outcome).OfType<BatchOutcome>().ToList();
        return (
            outcomes.Sum(o => o.Read),
            outcomes.Sum(o => o.Good),
            outcomes.Sum(o => o.Quarantined),
            outcomes.Sum(o => (o.Snapshot is null ? 0 : 1) + (o.QuarantineSnapshot is null ? 0 : 1)));
    }
}
