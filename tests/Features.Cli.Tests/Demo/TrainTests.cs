using System.Diagnostics;

namespace Features.Cli.Tests.Demo;

/// <summary>The training job is given an address and a name; it is run as a user who cannot enter the workspace.</summary>
public sealed class TrainTests : IAsyncLifetime
{
    // Nobody, by convention; it owns nothing.
    private const int Stranger = 65534;
    private readonly string folder = Directory.CreateTempSubdirectory("features-train-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Train_WithoutAccessToTheWorkspace_ReadsFromFlightAlone()
    {
        var missing = !OperatingSystem.IsLinux() || Environment.UserName != "root" || !File.Exists("/usr/bin/setpriv")
            ? "another user's rights need root and setpriv on Linux"
            : null;
        Assert.False(missing is not null && Environment.GetEnvironmentVariable("CI") == "true", missing);
        Assert.SkipWhen(missing is not null, missing ?? "");
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var workspace = Path.Combine(folder, "workspace");
        var flights = Path.Combine(folder, "flights.parquet");
        await FlightsSample.WriteAsync(flights, days: 4, stride: 16);
        (await FeaturesProcess.RunAsync(folder, "init", workspace)).Succeeded();
        (await FeaturesProcess.RunAsync(workspace, "apply")).Succeeded();
        (await FeaturesProcess.RunAsync(workspace, "ingest", "departures", flights)).Succeeded();
        (await FeaturesProcess.RunAsync(workspace, "dataset", "create", "delays")).Succeeded();
        await using var serving = await ServingProcess.StartAsync(workspace);

        File.SetUnixFileMode(workspace, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Open(folder);
        var (home, program) = (Open(Path.Combine(folder, "home")), Open(Path.Combine(folder, "program")));
        CopyProgram(program);
        Assert.NotEqual(0, (await FeaturesProcess.RunAsync(AsStranger(home, "ls", workspace))).ExitCode);

        var trained = (await FeaturesProcess.RunAsync(AsStranger(
            home, "dotnet", Path.Combine(program, "features.dll"), "demo", "train", "--flight", serving.Flight, "--dataset", "delays", "--json"))).Object();

        Assert.InRange((double)trained["auc"]!, 0, 1);
        Assert.Equal((int)trained["test_rows"]!, File.ReadLines(Path.Combine(home, "predictions.csv")).Count() - 1);
        Assert.Equal(["predictions.csv"], Directory.EnumerateFileSystemEntries(home).Select(f => Path.GetFileName(f)!).Where(f => !f.StartsWith('.')));
    }

    // The build's folder may lie where a stranger cannot go. Native libraries lie in folders below it; training needs none.
    private static void CopyProgram(string to)
    {
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    private static string Open(string path)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        return path;
    }

    private static ProcessStartInfo AsStranger(string home, params string[] command)
    {
        var start = new ProcessStartInfo("setpriv", [$"--reuid={Stranger}", $"--regid={Stranger}", "--clear-groups", .. command])
        {
            WorkingDirectory = home,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = home;
        start.Environment["DOTNET_CLI_HOME"] = home;
        return start;
    }
}
