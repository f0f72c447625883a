using System.Globalization;
using Apache.Arrow;
using Features.Core.TrainingSets;
using Features.Flight.Cache;
using Features.Flight.Protocol;
using Features.Iceberg;
using Features.Iceberg.Catalogs;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using Features.Server.Ingest;
using Features.Server.Serving;
using Features.Server.Workspaces;
using Table = Features.Iceberg.Table;

namespace Features.Server.Tests.Serving;

/// <summary>A workspace of its own with flights, training sets and small tables, and what it gives the cache.</summary>
internal sealed class ServedWorkspace : IAsyncDisposable
{
    public const string Split = """
        kind: TrainingSet
        name: parts
        service: delay_model
        timestamp: departs_at
        label: late
        spine_features: [distance]
        spine: SELECT departs_at, "origin", "destination", distance, 0.5 AS weight, delay > 15 AS late FROM flights.departures
        split: { by: key, parts: [{ name: train, share: 0.7 }, { name: test, share: 0.3 }] }
        transformations: [{ column: distance, kind: standardize }, { column: route_last_delay, kind: impute }]
        """;

    private readonly string root;

    private ServedWorkspace(string root, Workspace workspace)
    {
        (this.root, Workspace) = (root, workspace);
        Sets = new TrainingSetSource(workspace.TrainingSets, new TrainingSetParts(workspace.TrainingSets, workspace.Reads, workspace.Engine));
        Source = new WorkspaceDatasets(Sets, new TableSource(workspace.Reads, workspace.Engine));
    }

    public Workspace Workspace { get; }

    public TrainingSetSource Sets { get; }

    public IDatasetSource Source { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<ServedWorkspace> OpenAsync(int flights = 0, TimeProvider? clock = null)
    {
        var root = Directory.CreateTempSubdirectory("features-served-").FullName;
        await WorkspaceTemplate.WriteAsync(root, Token);
        await File.WriteAllTextAsync(Path.Combine(root, "definitions", "parts.yaml"), Split, Token);
        var workspace = await Workspace.OpenAsync(root, new WorkspaceOptions { Clock = clock ?? TimeProvider.System }, Token);
        await workspace.ApplyAsync(planOnly: false, Token);
        var served = new ServedWorkspace(root, workspace);
        if (flights > 0)
        {
            await served.IngestAsync("flights.csv", flights, day: 0);
        }

        return served;
    }

    /// <summary>Flights of a day and those after it, one every ten minutes.</summary>
    public async Task IngestAsync(string name, int flights, int day)
    {
        var first = new DateTime(2001, 1, 1, 6, 0, 0, DateTimeKind.Unspecified).AddDays(day);
        var lines = Enumerable.Range(0, flights).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{first.AddMinutes(10 * i):yyyy-MM-dd HH:mm:ss},{(i * 7 % 40) - 10},{600 + (i % 5)},ATL,{(i % 2 == 0 ? "ORD" : "LGA")}"));
        var path = Path.Combine(root, "landing", "flights", name);
        await File.WriteAllLinesAsync(path, ["date,delay,distance,origin,destination", .. lines], Token);
        Assert.Equal(flights, (await DirectIngest.RunAsync(Workspace, "departures", path, Token)).Outcome.Good);
    }

    public async Task<TrainingSetManifest> MakeSetAsync(string name, bool replace = false) =>
        (await Workspace.CreateTrainingSetAsync(await Workspace.DeclaredTrainingSetAsync(name, Token), replace, Token)).Manifest;

    /// <summary>A table <c>lab.NAME</c> of numbers, made empty.</summary>
    public Task<Table> MakeTableAsync(string name, params (string Property, string Value)[] properties) => Workspace.Catalog.CreateTableAsync(
        new TableIdentifier("lab", name),
        new TableCreation(
            new Features.Iceberg.Spec.Schema(
                0,
                [
                    new(1, "id", new PrimitiveType(PrimitiveKind.Long), Required: true), new(2, "x", new PrimitiveType(PrimitiveKind.Float), false),
                    new(3, "ok", new PrimitiveType(PrimitiveKind.Boolean), false), new(4, "name", new PrimitiveType(PrimitiveKind.String), false),
                ],
                [1]),
            PartitionSpec.Unpartitioned,
            SortOrder.Unsorted,
            properties.ToDictionary(p => p.Property, p => p.Value)),
        Token);

    /// <summary>Appends rows of ids [from, from + count).</summary>
    public async Task<Table> AppendAsync(string name, int from, int count)
    {
        var table = await LoadAsync(name);
        var ids = Enumerable.Range(from, count).ToList();
        var batch = new RecordBatch(
            ArrowSchema.From(table.Metadata.CurrentSchema),
            [
                new Int64Array.Builder().AppendRange(ids.Select(i => (long)i)).Build(), new FloatArray.Builder().AppendRange(ids.Select(i => i / 2f)).Build(),
                new BooleanArray.Builder().AppendRange(ids.Select(i => i % 2 == 0)).Build(), new StringArray.Builder().AppendRange(ids.Select(i => $"n{i}")).Build(),
            ],
            count);
        await table.Rows(Workspace.Files).AppendAsync(new[] { batch }.ToAsyncEnumerable(), Token);
        return await LoadAsync(name);
    }

    public async Task<Table> DeleteAsync(string name, Filter filter)
    {
        await (await LoadAsync(name)).Rows(Workspace.Files).DeleteAsync(filter, Token);
        return await LoadAsync(name);
    }

    public async Task<Table> LoadAsync(string name) => (await Workspace.Catalog.TryLoadTableAsync(new TableIdentifier("lab", name), Token))!;

    public async Task<DatasetPlan> FindAsync(DatasetSelection selection) => (await Source.FindAsync(selection, outcome: null, Token))!;

    /// <summary>The values of a column of a plan, its parts read side by side and held to their counts.</summary>
    public async Task<List<string>> ColumnAsync(DatasetPlan plan, string column)
    {
        var parts = await Source.PartsAsync(plan, Token);
        var read = await Task.WhenAll(parts.Select(async part =>
        {
            var values = new List<string>();
            await foreach (var batch in part.ReadAsync(Token))
            {
                using (batch)
                {
                    Assert.Equal(plan.Schema.FieldsList.Select(f => f.Name), batch.Schema.FieldsList.Select(f => f.Name));
                    var array = batch.Column(column);
                    values.AddRange(Enumerable.Range(0, batch.Length).Select(i => ArrowCell.Read(array, i) is { } value ? Convert.ToString(value, CultureInfo.InvariantCulture)! : "null"));
                }
            }

            Assert.Equal(part.Rows, values.Count);
            return values;
        }));
        List<string> all = [.. read.SelectMany(v => v)];
        Assert.Equal(plan.Rows, all.Count);
        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await Workspace.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }
}
