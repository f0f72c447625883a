using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Features.Benchmarks.OnlineLoad;

/// <summary><c>online-load</c>: how long the online service takes to answer, at a rate that it does not choose.</summary>
internal static class LoadCommand
{
    public const string Name = "online-load";

    private const int Seed = 42;
    private const int Requests = 4_096;

    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var options = LoadOptions.Parse(args);
        if (options.Url is { } url)
        {
            return await MeasureAsync(options, url, server: null);
        }

        var folder = options.Keep ?? Directory.CreateTempSubdirectory("features-load-").FullName;
        try
        {
            var workspace = new LoadWorkspace(folder, CommandLine());
            if (!File.Exists(Path.Combine(folder, "features.yaml")))
            {
                Directory.CreateDirectory(folder);
                await workspace.MakeAsync(options.Entities);
            }

            var (process, address) = await workspace.ServeAsync();
            using (process)
            {
                try
                {
                    await LoadWorkspace.MaterializeAsync(address);
                    return await MeasureAsync(options, address, process);
                }
                finally
                {
                    process.Kill();
                    await process.WaitForExitAsync();
                }
            }
        }
        finally
        {
            if (options.Keep is null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task<int> MeasureAsync(LoadOptions options, Uri address, Process? server)
    {
        Console.WriteLine("| views | rate asked | keys a request | connections | requests | errors | rate | bytes an answer | p50 ms | p90 ms | p99 ms | p99.9 ms | most ms | processor µs a request |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        var failed = 0;
        foreach (var run in options.Runs)
        {
            var requests = RequestsOf(run, options.Entities, address);
            var connections = new List<HttpConnection>();
            try
            {
                for (var i = 0; i < options.Connections; i++)
                {
                    connections.Add(await HttpConnection.OpenAsync(address, CancellationToken.None));
                }

                var bytes = await CheckAsync(connections[0], requests[0]);
                var loop = new OpenLoop(connections, requests);
                await loop.RunAsync(run.RequestsPerSecond, options.WarmUpSeconds, CancellationToken.None);
                var before = ProcessorOf(server);
                var result = await loop.RunAsync(run.RequestsPerSecond, options.Seconds, CancellationToken.None);
                failed += result.Errors;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {run.Views} | {run.RequestsPerSecond} | {run.Batch} | {options.Connections} | {result.Latencies.Length} | {result.Errors} | {result.Rate:F0} | {bytes} | {result.Percentile(50):F2} | {result.Percentile(90):F2} | {result.Percentile(99):F2} | {result.Percentile(99.9):F2} | {result.Percentile(100):F2} | {(ProcessorOf(server) - before)?.TotalMicroseconds / result.Latencies.Length:F0} |"));
            }
            finally
            {
                connections.ForEach(c => c.Dispose());
            }
        }

        return failed == 0 ? 0 : 1;
    }

    // What the server itself spends, whatever else runs on the machine.
    private static TimeSpan? ProcessorOf(Process? server)
    {
        server?.Refresh();
        return server?.TotalProcessorTime;
    }

    // What is fast and wrong is not worth measuring: every one of the 50 features must have a value.
    private static async Task<int> CheckAsync(HttpConnection connection, byte[] request)
    {
        var isAnswered = await connection.AskAsync(request, CancellationToken.None);
        var body = connection.Body();
        using var answer = JsonDocument.Parse(body);
        var wrong = isAnswered ? answer.RootElement.GetProperty("results").EnumerateArray().SelectMany(r => r.GetProperty("statuses").EnumerateArray()).Count(s => s.GetString() != "PRESENT") : 1;
        return wrong == 0 ? body.Length : throw new InvalidOperationException($"the answer lacks values, so there is nothing to measure: {body[..Math.Min(body.Length, 500)]}");
    }

    private static List<byte[]> RequestsOf(LoadRun run, int entities, Uri address)
    {
        var random = new Random(Seed);
        var features = JsonSerializer.Serialize(LoadWorkspace.ReferencesOver(run.Views));
        return [.. Enumerable.Range(0, Requests / run.Batch + 1).Select(_ =>
            HttpConnection.Post(address, "/get-online-features", $"{{\"features\":{features},\"entities\":{{\"user_id\":[{string.Join(',', Enumerable.Range(0, run.Batch).Select(_ => random.Next(entities)))}]}}}}"))];
    }

    // Beside this program in the build's output: …/benchmarks/Features.Benchmarks/bin/Release/net10.0.
    private static string CommandLine()
    {
        var built = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(built.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "src", "Features.Cli", "bin", built.Parent.Name, built.Name, "features.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"'{path}' is not built; run: dotnet build src/Features.Cli -c Release");
    }
}
