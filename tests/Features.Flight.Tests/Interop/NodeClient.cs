using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Features.Testing;

namespace Features.Flight.Tests.Interop;

/// <summary>Runs the Flight client of <c>tests/interop</c> on Node.js; <c>eng/test.sh</c> installs it.</summary>
internal static class NodeClient
{
    private static readonly string Folder = Path.Combine(Fixtures.Repository, "tests", "interop");

    /// <summary>Why it cannot run here, for <c>Assert.SkipWhen</c>; null where it can. Throws instead where CI=true.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>The JSON lines that a call printed.</summary>
    /// <exception cref="InvalidOperationException">The call was refused; the message has its status.</exception>
    public static async Task<List<JsonElement>> RunAsync(object call)
    {
        var token = TestContext.Current.CancellationToken;
        using var process = Process.Start(new ProcessStartInfo("node", ["--no-deprecation", Path.Combine(Folder, "flight.mjs"), JsonSerializer.Serialize(call)])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(token);
        var lines = new List<JsonElement>();
        while (await process.StandardOutput.ReadLineAsync(token) is { } line)
        {
            lines.Add(JsonDocument.Parse(line).RootElement);
        }

        await process.WaitForExitAsync(token);
        return process.ExitCode == 0 ? lines : throw new InvalidOperationException((await errors).Trim());
    }

    private static string? FindMissing()
    {
        var missing = Directory.Exists(Path.Combine(Folder, "node_modules")) ? HasNode() ? null : "Node.js is missing" : "the client is not installed: run eng/test.sh, or 'npm ci' in tests/interop";
        return missing is not null && Environment.GetEnvironmentVariable("CI") == "true" ? throw new InvalidOperationException(missing) : missing;
    }

    private static bool HasNode()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("node", ["--version"]) { RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
