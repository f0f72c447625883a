#:project ../src/Features.Core/Features.Core.csproj
#:project ../src/Features.Flight/Features.Flight.csproj
#:project ../src/Features.Ordering/Features.Ordering.csproj
#:project ../src/Features.Server/Features.Server.csproj
#:package ScottPlot
#:package System.Numerics.Tensors

// The tour: query a table, plot delays, declare a view in C#, make a training set, train from Arrow Flight, and score flights online.
//   dotnet run samples/tour.cs -- tour-workspace
// notebooks/tour.ipynb is the same in cells.
using System.Numerics.Tensors;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Online;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Ordering;
using Features.Server.Hosting;
using Features.Server.Ingest;
using Features.Server.Workspaces;
using ScottPlot;
using static Features.Core.Definitions.Declare;

// A workspace is a folder: definitions, sample data, and the tables below .features/. Run the tour again and it finds everything done.
var folder = args.FirstOrDefault() ?? "tour-workspace";
await WorkspaceTemplate.WriteAsync(folder, default);
await using var workspace = await Workspace.OpenAsync(folder, default);
await workspace.ApplyAsync(planOnly: false);

// Ingest: the pipeline cleans and checks each row; the file is one commit of an Iceberg table, once.
var ingested = (await DirectIngest.RunAsync(workspace, "departures", Path.Combine(folder, "data", "flights.parquet"), default)).Outcome;
Console.WriteLine($"ingest  {ingested.Read:N0} flights read = {ingested.Good:N0} good + {ingested.Quarantined:N0} quarantined");

// Query a table; a row becomes a record. Few fly in the small hours: those say little.
var hours = await workspace.QueryAsync<HourOfDay>("""
    SELECT hour(departs_at) AS hour, count(*) AS flights, avg(delay) AS mean_delay
    FROM flights.departures GROUP BY ALL HAVING count(*) >= 5000 ORDER BY hour
    """).ToListAsync();
var (best, worst) = (hours.MinBy(h => h.MeanDelay)!, hours.MaxBy(h => h.MeanDelay)!);
Console.WriteLine($"query   who leaves at {best.Hour}:00 arrives {-best.MeanDelay:F0} minutes early on average, who leaves at {worst.Hour}:00 {worst.MeanDelay:F0} minutes late");

// Plot it.
using var plot = new Plot();
foreach (var bar in plot.Add.Bars(hours.Select(h => (double)h.Hour), hours.Select(h => h.MeanDelay)).Bars)
{
    (bar.FillColor, bar.LineWidth) = (Color.FromHex(bar.Value > 0 ? "#C8553D" : "#2A7F62"), 0);
    bar.Label = $"{bar.Value:+0;-0;0}";
}

plot.Title("Delays pile up over the day: mean arrival delay of 600,000 flights in early 2001", size: 18);
plot.XLabel("hour of departure", size: 15);
plot.YLabel("minutes late", size: 15);
plot.Axes.Bottom.SetTicks([.. hours.Select(h => (double)h.Hour)], [.. hours.Select(h => $"{h.Hour}")]);
plot.Grid.XAxisStyle.IsVisible = false;
plot.SavePng(Path.Combine(folder, "delays.png"), 900, 450);
Console.WriteLine($"plot    {Path.Combine(folder, "delays.png")}");

// Declare a view in C#: the same model as in YAML. A flight's delay counts only for those who could know it: after it has landed.
var airport = new Entity("airport", Key("origin"));
var recent = new FeatureView("origin_recent", airport)
{
    Source = Table("flights.departures"),
    Clocks = new("departs_at", "known_at"),
    Features = [Avg("delay").Over(Hours(3)).As("delay_avg_3h"), Avg("delay > 15").Over(Hours(3)).As("late_share_3h"), Count().Over(Hours(1)).As("landed_1h")],
};
await workspace.ApplyAsync(new DefinitionSet([airport, recent, new FeatureService("tour_model", "origin_recent:*")]), planOnly: false);

// Make a training set: one row a flight of the first week, joined as of its departure, pinned to the table's snapshot. What scales its columns is learned from them and kept with the set.
var made = await workspace.CreateTrainingSetAsync(new TrainingSet("tour")
{
    Service = "tour_model",
    Spine = """SELECT departs_at, "origin", hour(departs_at) AS hour, delay > 15 AS late FROM flights.departures WHERE departs_at < TIMESTAMP '2001-01-08'""",
    Timestamp = "departs_at",
    Label = "late",
    SpineFeatures = ["hour"],
    Transformations = [Standardize("delay_avg_3h"), Standardize("late_share_3h"), Standardize("landed_1h"), Standardize("hour")],
});
Console.WriteLine($"join    {made.Manifest.Rows:N0} rows, {made.Manifest.Digest} ({made.Change})");

// Train: logistic regression on shuffled batches from memory over Arrow Flight. A feature that is missing counts as the mean, which is 0 once scaled.
var share = await workspace.QueryAsync<double>("SELECT avg(CAST(late AS INTEGER)) FROM training.tour").FirstAsync();
Console.WriteLine($"train   log loss {-(share * Math.Log(share)) - ((1 - share) * Math.Log(1 - share)):F3} for who knows only that {share:P1} are late");
await using var host = await FeaturesHost.StartAsync(workspace, FeaturesHostOptions.AnyPort, default);
using var client = new DatasetClient(host.FlightAddress);
string[] inputs = [.. made.Manifest.Columns.Where(c => c.Role == "transformed").Select(c => c.Name)];
var weights = new float[inputs.Length + 1];
for (var epoch = 0; epoch < 3; epoch++)
{
    var (loss, rows) = (0.0, 0L);
    var request = new DatasetRequest("tour") { Shuffle = OrderMode.Global, Seed = 1, Epoch = epoch, Batch = 1024, Columns = ["late", .. inputs] };
    await foreach (var batch in await client.OpenAsync(request, default))
    {
        using (batch)
        {
            var labels = batch.Floats("late");
            float[][] columns = [.. inputs.Select(i => batch.Floats(i, missing: 0)), [.. labels.Select(_ => 1f)]];
            loss += Step(columns, labels, weights, rate: 0.5f);
            rows += labels.Length;
        }
    }

    Console.WriteLine($"        log loss {loss / rows:F3} in epoch {epoch + 1}");
}

// Serve: bring the view online and score two flights that leave at four, when the table ends: the same features, scaled by what the training set learned.
await workspace.MaterializeAsync([recent.Name]);
var answer = await workspace.OnlineFeatures.GetAsync(
    new OnlineRequest
    {
        Service = "tour_model",
        Entities = new Dictionary<string, IReadOnlyList<FeatureValue>>
        {
            ["origin"] = [FeatureValue.Of("SFO"), FeatureValue.Of("ORD")],
            ["hour"] = [FeatureValue.Of(16), FeatureValue.Of(16)],
        },
        At = new DateTimeOffset(2001, 2, 6, 16, 0, 0, TimeSpan.Zero),
        TrainingSet = "tour",
    },
    Reader.Local("online"),
    default);
for (var row = 0; row < answer.Rows; row++)
{
    float[] values = [.. inputs.Select(i => answer.Columns.Single(c => c.Name == i).Values[row]).Select(v => v.IsNull ? 0 : (float)v.AsFloat()), 1];
    Console.WriteLine($"online  {answer.Columns[0].Values[row]} at {answer.At:HH:mm}: {1 / (1 + Math.Exp(-TensorPrimitives.Dot<float>(values, weights))):P1} likely to be late");
}

// One step of gradient descent; returns the batch's summed log loss from before it.
static double Step(float[][] columns, float[] labels, float[] weights, float rate)
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
        weights[i] -= rate * TensorPrimitives.Dot<float>(columns[i], errors) / labels.Length;
    }

    return loss;
}

internal sealed record HourOfDay(int Hour, long Flights, double MeanDelay);
