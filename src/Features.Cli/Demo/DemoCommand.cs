using System.CommandLine;
using Features.Cli.Commands;
using Features.Cli.Demo.Training;
using Features.Cli.Output;

namespace Features.Cli.Demo;

/// <summary><c>features demo</c>: the whole way, from events to a trained model, on real flights.</summary>
internal static class DemoCommand
{
    public static Command Create(CliConsole console)
    {
        var input = new Option<FileInfo?>("--input") { Description = "Flights to use (Parquet: date, delay, distance, origin, destination); default: the 600,000 that ship with the product.", HelpName = "FILE" };
        var keep = new Option<DirectoryInfo?>("--keep") { Description = "Where the workspace stays; run again there, it adds nothing twice. Default: a temporary folder, removed at the end.", HelpName = "DIR" };
        var json = Verb.Json();
        return Verb.Create(
            "demo",
            "Show the whole way on real data: events, exactly-once ingestion, point-in-time features, a pinned training set, Arrow Flight, a trained model.",
            "features demo --keep flights-demo",
            input, keep, json, TrainCommand.Create(console)).Does(async (parse, cancellationToken) =>
        {
            if (parse.GetValue(input) is { Exists: false } missing)
            {
                throw new CliException("file-not-found", $"there is no file '{missing}'; --input takes a Parquet file of flights, or leave it out for the ones that ship with the product");
            }

            var stays = parse.GetValue(keep);
            var folder = stays?.FullName ?? Directory.CreateTempSubdirectory("features-demo-").FullName;
            try
            {
                await new DemoRun(console, new DemoOptions(folder, parse.GetValue(input)?.FullName, stays is not null, parse.GetValue(json))).RunAsync(cancellationToken);
            }
            finally
            {
                if (stays is null)
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
        });
    }
}
