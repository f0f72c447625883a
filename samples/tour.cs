#:project ../src/Features.Core/Features.Core.csproj
#:project ../src/Features.Flight/Features.Flight.csproj
#:project ../src/Features.Server/Features.Server.csproj
#:package Apache.Arrow
#:package ScottPlot
#:package SkiaSharp.NativeAssets.Linux.NoDependencies
#:package System.Numerics.Tensors

// The tour: query a table, declare a view in C#, make a training set, plot delays, train from Arrow Flight.
//   dotnet run samples/tour.cs -- tour-workspace
// notebooks/tour.ipynb is the same in cells.
using System.Numerics.Tensors;
using Apache.Arrow;
using Features.Core.Definitions;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Ordering;
using Features.Server.Hosting;
using Features.Server.Ingest;
using Features.Server.Workspaces;
using static Features.Core.Definitions.Declare;

// A workspace: a folder with sample definitions and data; its tables live below .features/.
var folder = args.FirstOrDefault() ?? "tour-workspace";
await WorkspaceTemplate.WriteAsync(folder, default);
await using var workspace = await Workspace.OpenAsync(folder, default);
await workspace.ApplyAsync(planOnly: false);
var ingested = (await DirectIngest.RunAsync(workspace, "departures", Path.Combine(folder, "data", "flights.parquet"), default)).Outcome;
Console.WriteLine($"{ingested.Read:N0} flights read = {ingested.Good:N0} good + {ingested.Quarantined:N0} quarantined");

// Query a table.
var (hours, delays) = (new List<double>(), new List<double>());
await using (var query = await workspace.QueryAsync("SELECT hour(departs_at) AS hour, avg(delay) AS delay FROM flights.departures GROUP BY ALL ORDER BY hour"))
{
    await foreach (var batch in query.ReadAsync())
    {
        using (batch)
        {
            for (var row = 0; row < batch.Length; row++)
            {
                hours.Add(((Int64Array)batch.Column("hour")).GetValue(row)!.Value);
                delays.Add(((DoubleArray)batch.Column("delay")).GetValue(row)!.Value);
            }
        }
    }
}

Console.WriteLine($"the worst hour to leave is {hours[delays.IndexOf(delays.Max())]}:00, {delays.Max():F0} minutes late on average");

// Plot.
using var plot = new ScottPlot.Plot();
plot.Add.Bars(hours, delays);
plot.Title("Arrival delay by hour of departure, January 2001");
plot.XLabel("hour of departure");
plot.YLabel("minutes");
plot.SavePng(Path.Combine(folder, "delays.png"), 800, 400);

// Declare a view in C#: the same model as in YAML. A delay is known once the flight has landed.
var airport = new Entity("airport", new EntityKey("origin", "string"));
var recent = new FeatureView("origin_recent", airport)
{
    Source = "flights.departures",
    Clocks = new("departs_at", "known_at"),
    Features = [Avg("delay").Over(Hours(3)).As("delay_avg_3h"), Count().Over(Hours(1)).As("departures_1h")],
};
await workspace.ApplyAsync(new DefinitionSet([recent, new FeatureService("tour_model", "origin_recent:*")]), planOnly: false);

// Make a training set: one row a flight, joined as of its departure, pinned to the table's snapshot.
var made = await workspace.CreateTrainingSetAsync(new TrainingSet("tour")
{
    Service = "tour_model",
    Spine = """SELECT departs_at, "origin", distance, delay > 15 AS late FROM flights.departures WHERE departs_at < TIMESTAMP '2001-01-08'""",
    Timestamp = "departs_at",
    Label = "late",
    SpineFeatures = ["distance"],
});
Console.WriteLine($"{made.Manifest.Rows:N0} rows, {made.Manifest.Digest}");

// Train: logistic regression from shuffled batches out of the Flight cache.
await using var host = await FeaturesHost.StartAsync(workspace, FeaturesHostOptions.AnyPort, default);
using var client = new DatasetClient(host.FlightAddress);
string[] features = ["delay_avg_3h", "departures_1h", "distance"];
float[] scales = [20, 30, 1000];
var weights = new float[features.Length + 1];
for (var epoch = 0; epoch < 3; epoch++)
{
    double loss = 0;
    long rows = 0;
    var request = new DatasetRequest("tour") { Shuffle = OrderMode.Global, Seed = 1, Epoch = epoch, Columns = ["late", .. features] };
    await foreach (var batch in await client.OpenAsync(request, default))
    {
        using (batch)
        {
            var labels = Floats(batch.Rows.Column("late"), 1);
            float[][] columns = [.. features.Select((name, i) => Floats(batch.Rows.Column(name), scales[i])), [.. labels.Select(_ => 1f)]];
            loss += Step(columns, labels);
            rows += labels.Length;
        }
    }

    Console.WriteLine($"epoch {epoch + 1}: log loss {loss / rows:F4}");
}

Console.WriteLine($"plot: {Path.Combine(folder, "delays.png")}");

// One step of gradient descent; returns the batch's summed log loss.
double Step(float[][] columns, float[] labels)
{
    var errors = new float[labels.Length];
    for (var i = 0; i < columns.Length; i++)
    {
        TensorPrimitives.MultiplyAdd(columns[i], weights[i], errors, errors);
    }

    TensorPrimitives.Sigmoid<float>(errors, errors);
    var loss = -labels.Zip(errors, (label, p) => Math.Log(label > 0 ? p : 1 - p)).Sum();
    TensorPrimitives.Subtract<float>(errors, labels, errors);
    for (var i = 0; i < columns.Length; i++)
    {
        weights[i] -= 0.5f * TensorPrimitives.Dot<float>(columns[i], errors) / labels.Length;
    }

    return loss;
}

// A column as floats over a scale; 0 where it is missing.
static float[] Floats(IArrowArray column, float scale) => column switch
{
    BooleanArray flags => [.. Enumerable.Range(0, flags.Length).Select(i => flags.GetValue(i) == true ? 1f : 0f)],
    DoubleArray values => [.. values.Select(v => (float)(v ?? 0) / scale)],
    Int64Array values => [.. values.Select(v => (v ?? 0) / scale)],
    _ => throw new InvalidOperationException($"a column of type {column.Data.DataType.Name} is not expected here"),
};
