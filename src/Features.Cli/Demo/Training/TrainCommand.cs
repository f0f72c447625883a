using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Features.Cli.Commands;

namespace Features.Cli.Demo.Training;

/// <summary><c>features demo train</c>: a training job that knows an address and a name, and nothing else.</summary>
internal static class TrainCommand
{
    public static Command Create(CliConsole console)
    {
        var flight = new Option<string>("--flight") { Description = "The Flight server.", HelpName = "ADDR", Required = true };
        var dataset = new Option<string>("--dataset") { Description = "The training set's name there.", HelpName = "NAME", Required = true };
        var epochs = new Option<int>("--epochs") { Description = "Passes over the data.", DefaultValueFactory = _ => 4 };
        var batch = new Option<int>("--batch") { Description = "Rows a step.", DefaultValueFactory = _ => 4096 };
        var seed = new Option<long>("--seed") { Description = "The seed of the order.", DefaultValueFactory = _ => 7 };
        var predictions = new Option<string>("--predictions") { Description = "Where row,label,score of the later part are written.", HelpName = "FILE", DefaultValueFactory = _ => "predictions.csv" };
        var json = Verb.Json();
        return Verb.Create(
            "train",
            "Train a small model from batches served over Arrow Flight, and judge it on the later part of the time.",
            "features demo train --flight grpc://127.0.0.1:7071 --dataset delays",
            flight, dataset, epochs, batch, seed, predictions, json).Does(async (parse, cancellationToken) =>
        {
            using var served = new ServedDataset(parse.GetRequiredValue(flight), parse.GetRequiredValue(dataset));
            var columns = TrainingColumns.Of(await served.GetSchemaAsync(cancellationToken));
            var options = new TrainingOptions(columns) { Epochs = parse.GetValue(epochs), BatchSize = parse.GetValue(batch), Seed = parse.GetValue(seed) };
            var report = parse.GetValue(json) ? console.Error : console.Out;
            await using var file = new StreamWriter(parse.GetRequiredValue(predictions));
            var result = await new TrainingJob(served, options).RunAsync(file, report.WriteLine, cancellationToken);
            if (parse.GetValue(json))
            {
                console.Json(Describe(result));
            }
            else
            {
                Print(console.Out, result, columns);
            }
        });
    }

    private static JsonObject Describe(TrainingResult result) => new()
    {
        ["epochs"] = result.Epochs,
        ["rows_per_second"] = Math.Round(result.RowsPerSecond),
        ["wait_share"] = Math.Round(result.WaitShare, 4),
        ["auc"] = Math.Round(result.Auc, 6),
        ["baseline_auc"] = Math.Round(result.BaselineAuc, 6),
        ["loss"] = Math.Round(result.Loss, 6),
        ["test_rows"] = result.TestRows,
        ["split_time"] = result.SplitTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture),
    };

    private static void Print(TextWriter output, TrainingResult result, TrainingColumns columns)
    {
        output.WriteLine($"judged on {result.TestRows:N0} rows from {result.SplitTime:yyyy-MM-dd HH:mm} on");
        output.WriteLine($"  AUC       {result.Auc:F4}  with {columns.Joined.Count} point-in-time features");
        output.WriteLine($"  baseline  {result.BaselineAuc:F4}  with {string.Join(", ", columns.Known)} only");
        output.WriteLine($"  read      {result.RowsPerSecond:N0} rows/s; {result.WaitShare:P0} of the time was waiting for data");
    }
}
