using System.Diagnostics;
using System.Text.Json.Nodes;
using Features.Cli.Output;

namespace Features.Cli.Demo;

/// <summary>The training job as a process of its own, in an empty folder: it is told an address and a name.</summary>
internal static class TrainingProcess
{
    /// <summary>Runs it; <paramref name="report"/> gets its progress lines. Returns its result, and moves its predictions to <paramref name="predictions"/>.</summary>
    public static async Task<JsonObject> RunAsync(string flight, string dataset, string predictions, Action<string> report, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("features-train-");
        try
        {
            using var process = Process.Start(Describe(folder.FullName, flight, dataset)) ?? throw new CliException("train", "the training process did not start");
            await using var stop = cancellationToken.Register(() => process.Kill(entireProcessTree: true));
            var errors = new List<string>();
            process.ErrorDataReceived += (_, line) =>
            {
                if (line.Data is { Length: > 0 } text)
                {
                    errors.Add(text);
                    report(text);
                }
            };
            process.BeginErrorReadLine();
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new CliException("train", $"the training process ended with {process.ExitCode}: {errors.LastOrDefault()}");
            }

            File.Move(Path.Combine(folder.FullName, "predictions.csv"), predictions, overwrite: true);
            return JsonNode.Parse(output)!.AsObject();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ProcessStartInfo Describe(string folder, string flight, string dataset)
    {
        var program = Environment.ProcessPath ?? throw new CliException("train", "this process has no path to start another by");
        var start = new ProcessStartInfo(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(program) != "features")
        {
            // Started as `dotnet features.dll`, or hosted by a test.
            start.FileName = "dotnet";
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "features.dll"));
        }

        foreach (var argument in new[] { "demo", "train", "--flight", flight, "--dataset", dataset, "--json" })
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
