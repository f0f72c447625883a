using System.ComponentModel;
using System.Diagnostics;

namespace Features.Testing;

/// <summary>Runs the JSON Schema validators of <c>tests/validators</c> on Node.js; <c>eng/test.sh</c> installs them.</summary>
public static class Validators
{
    private static readonly string Folder = Path.Combine(Fixtures.Repository, "tests", "validators");

    /// <summary>Why the validators cannot run here, for <c>Assert.SkipWhen</c>; null where they can. Throws instead where CI=true.</summary>
    public static string? Missing { get; } = FindMissing();

    /// <summary>Runs one script and returns what it printed, a line each: the faults that it found, and last its counts.</summary>
    /// <exception cref="InvalidOperationException">The script itself failed.</exception>
    public static async Task<ValidatorReport> RunAsync(string script, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo("node", [Path.Combine(Folder, script), .. arguments])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var failed = (await errors).Trim();
        return failed.Length == 0 && lines.Length > 0 && process.ExitCode == (lines.Length == 1 ? 0 : 1)
            ? new ValidatorReport(lines[..^1], lines[^1])
            : throw new InvalidOperationException($"{script} exited with {process.ExitCode}: {failed}");
    }

    private static string? FindMissing()
    {
        var missing = Directory.Exists(Path.Combine(Folder, "node_modules"))
            ? HasNode() ? null : "Node.js is missing"
            : "the validators are not installed: run eng/test.sh, or 'npm ci' in tests/validators";
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
