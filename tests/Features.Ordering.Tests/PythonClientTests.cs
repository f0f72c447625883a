using System.ComponentModel;
using System.Diagnostics;
using Features.Testing;

namespace Features.Ordering.Tests;

/// <summary>The Python client's own tests (<c>python/features_client/tests</c>), which hold it to the states and vectors of <c>schemas/ordering</c>.</summary>
public class PythonClientTests
{
    // A version manager's python3 often comes first and lacks what the system's has.
    private static readonly string[] Interpreters = ["python3", "/usr/bin/python3"];

    [Fact]
    public async Task PythonClient_ItsOwnTests_Pass()
    {
        string? python = null;
        foreach (var candidate in Interpreters)
        {
            python ??= (await RunAsync(candidate, "-c", "import pytest, numpy")).ExitCode == 0 ? candidate : null;
        }

        Assert.SkipWhen(python is null && !Fixtures.AreRequired, "no python3 with pytest and numpy");
        Assert.True(python is not null, "no python3 with pytest and numpy; eng/test.sh installs them");
        var (exitCode, output) = await RunAsync(python, "-m", "pytest", "-q", "-p", "no:cacheprovider");
        Assert.True(exitCode == 0, output);

        // A run that collects nothing has not shown anything.
        Assert.Matches("[1-9][0-9]* passed", output);
        TestContext.Current.TestOutputHelper?.WriteLine(output);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string interpreter, params string[] arguments)
    {
        var start = new ProcessStartInfo(interpreter, arguments)
        {
            WorkingDirectory = Path.Combine(Fixtures.Repository, "python", "features_client"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, output + await errors);
        }
        catch (Win32Exception)
        {
            return (-1, $"{interpreter} is not installed");
        }
    }
}
