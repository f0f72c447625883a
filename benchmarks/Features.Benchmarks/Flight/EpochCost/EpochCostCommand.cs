using System.Diagnostics;
using System.Globalization;

namespace Features.Benchmarks.Flight.EpochCost;

/// <summary><c>epoch-cost</c>: what an epoch costs a trainer that reads files, and one that reads the cache; each in a process of its own.</summary>
internal static class EpochCostCommand
{
    public const string Name = "epoch-cost";

    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var options = EpochCostOptions.Parse(args);
        switch (options.Role)
        {
            case "files":
                await FileTrainer.RunAsync(options);
                return 0;
            case "server":
                await FlightServer.RunAsync(options);
                return 0;
            case "flight":
                await FlightTrainer.RunAsync(options);
                return 0;
            default:
                return await CompareAsync(options);
        }
    }

    private static async Task<int> CompareAsync(EpochCostOptions options)
    {
        var bytes = EpochData.Files(options).Sum(file => new FileInfo(file).Length);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{options.Rows} rows of {options.Width} float32 features, {bytes / 1e9:F2} GB of Parquet, storage {(options.ThrottleMb is { } mb ? $"at {mb} MB/s" : "as fast as it is")}"));
        Console.WriteLine("| trainer | epoch, wall s (median; least to most) | rows/s | its processor s a GB of features |");
        Console.WriteLine("|---|---|---|---|");
        var files = await TrainAsync(options, "files", null);
        Report("reads files", files);
        using var server = Start(options, "server", null);
        try
        {
            var address = new Uri(await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the server ended before it said where it is; its messages are above"));
            var flight = await TrainAsync(options, "flight", address);
            Report("reads the cache", flight);
            if (Math.Abs(files[0].Sum - flight[0].Sum) > 1e-3 * options.Rows || files[0].Rows != flight[0].Rows)
            {
                throw new InvalidOperationException($"the two trainers saw other rows: {files[0]} and {flight[0]}");
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"processor a GB, files to cache: {Median(files, PerGb) / Median(flight, PerGb):F1} to 1; wall: {Median(files, Wall) / Median(flight, Wall):F1} to 1"));
            return 0;
        }
        finally
        {
            server.Kill();
        }
    }

    private static double PerGb(Epoch epoch) => epoch.Processor.TotalSeconds / (epoch.Bytes / 1e9);

    private static double Wall(Epoch epoch) => epoch.Wall.TotalSeconds;

    private static double Median(List<Epoch> epochs, Func<Epoch, double> of)
    {
        var sorted = epochs.Select(of).Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static void Report(string trainer, List<Epoch> epochs) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {trainer} | {Median(epochs, Wall):F2}; {epochs.Min(Wall):F2} to {epochs.Max(Wall):F2} | {epochs[0].Rows / Median(epochs, Wall):F0} | {Median(epochs, PerGb):F2} |"));

    // The first epoch compiles, and fills the page cache and the cache: it is not counted.
    private static async Task<List<Epoch>> TrainAsync(EpochCostOptions options, string role, Uri? address)
    {
        using var process = Start(options, role, address);
        var epochs = new List<Epoch>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            epochs.Add(Epoch.Parse(line));
        }

        await process.WaitForExitAsync();
        return process.ExitCode == 0 && epochs.Count == options.Epochs ? epochs[1..] : throw new InvalidOperationException($"the trainer '{role}' failed; its messages are above");
    }

    private static Process Start(EpochCostOptions options, string role, Uri? address) =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Host(), .. options.ArgumentsOf(role, address)]) { RedirectStandardOutput = true })!;

    // `dotnet run` starts the program itself; `dotnet FILE.dll` needs the file's name again.
    private static IEnumerable<string> Host() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "Features.Benchmarks.dll")] : [];
}
