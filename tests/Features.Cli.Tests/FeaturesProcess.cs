using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Features.Cli.Tests;

/// <summary>The command as a user runs it: a process of its own.</summary>
internal static class FeaturesProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "features.dll");

    /// <summary>Runs one command in a folder to its end.</summary>
    public static Task<FeaturesResult> RunAsync(string folder, params IEnumerable<string> arguments) => RunAsync(Describe(folder, arguments));

    public static async Task<FeaturesResult> RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        await using var late = patience.Token.Register(() => process.Kill(entireProcessTree: true));
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        return new FeaturesResult(process.ExitCode, output, await errors);
    }

    public static ProcessStartInfo Describe(string folder, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };

        // What a test run's host sets for itself is not for the command.
        start.Environment.Remove("FEATURES_TRACE");
        return start;
    }
}

/// <summary>What a command printed, and how it ended.</summary>
internal sealed record FeaturesResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The output of a command that succeeded.</summary>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Errors}");
        return Output;
    }

    /// <summary>The lines of the output of a command that succeeded.</summary>
    public IReadOnlyList<string> Lines() => Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Each line's JSON object.</summary>
    public IReadOnlyList<JsonObject> Objects() => [.. Lines().Select(line => JsonNode.Parse(line)!.AsObject())];

    /// <summary>The one JSON object that was printed.</summary>
    public JsonObject Object() => Assert.Single(Objects());

    /// <summary>The one line of the error of a command that failed; nothing stands on standard output.</summary>
    public string Failed(int exitCode = 1)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}: {Errors}{Output}");
        Assert.Empty(Output);
        return Assert.Single(Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
