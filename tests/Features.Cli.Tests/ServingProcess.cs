using System.Diagnostics;

namespace Features.Cli.Tests;

/// <summary><c>features serve</c> on free ports, in a process of its own. Disposing asks it to stop and waits until it has.</summary>
internal sealed class ServingProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly Task<string> errors;

    private ServingProcess(Process process, Task<string> errors, string events, string flight)
    {
        (this.process, this.errors) = (process, errors);
        (Events, Flight) = (new Uri(events), flight);
    }

    /// <summary>Where events are posted.</summary>
    public Uri Events { get; }

    /// <summary>Where training jobs connect.</summary>
    public string Flight { get; }

    public static async Task<ServingProcess> StartAsync(string folder)
    {
        var process = Process.Start(FeaturesProcess.Describe(folder, ["serve", "--events", "http://127.0.0.1:0", "--flight", "grpc://127.0.0.1:0", "--online", "http://127.0.0.1:0"]))!;
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var token = TestContext.Current.CancellationToken;
        if (await process.StandardOutput.ReadLineAsync(token) is not { } events || await process.StandardOutput.ReadLineAsync(token) is not { } flight)
        {
            throw new InvalidOperationException($"'features serve' did not start: {await errors}");
        }

        return new ServingProcess(process, errors, events.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], flight.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    /// <summary>Asks it to stop, as a service manager does, and returns its exit code and what it wrote to standard error.</summary>
    public async Task<(int ExitCode, string Errors)> StopAsync()
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await kill.WaitForExitAsync();
        }

        await process.WaitForExitAsync();
        return (process.ExitCode, await errors);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        process.Dispose();
    }
}
