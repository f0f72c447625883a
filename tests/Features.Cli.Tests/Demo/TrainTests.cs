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

    [Fact]
    public async Task Train_OnASetThatCannotBeLearnt_SaysWhy()
    {
        var workspace = Path.Combine(folder, "workspace");
        var flights = Path.Combine(folder, "flights.parquet");
        await FlightsSample.WriteAsync(flights, days: 2, stride: 64);
        (await FeaturesProcess.RunAsync(folder, "init", workspace)).Succeeded();
        await File.WriteAllTextAsync(
            Path.Combine(workspace, "definitions", "unlearnable.yaml"),
            string.Join("\n---\n", Unlearnable("empty", "delay > 15", "distance < 0"), Unlearnable("always", "TRUE", "TRUE"), Unlearnable("moment", "delay > 15", "departs_at = (SELECT min(departs_at) FROM flights.departures)")),
            Token);
        (await FeaturesProcess.RunAsync(workspace, "apply")).Succeeded();
        (await FeaturesProcess.RunAsync(workspace, "ingest", "departures", flights)).Succeeded();
        foreach (var name in new[] { "empty", "always", "moment" })
        {
            (await FeaturesProcess.RunAsync(workspace, "dataset", "create", name)).Succeeded();
        }

        await using var serving = await ServingProcess.StartAsync(workspace);
        foreach (var (name, reason) in new[] { ("empty", "has no rows"), ("always", "the label 'late' is true in"), ("moment", "no row of the served data set is of an earlier time") })
        {
            var failed = (await FeaturesProcess.RunAsync(folder, "demo", "train", "--flight", serving.Flight, "--dataset", name, "--json")).Failed();
            Assert.Contains("error not-trainable: ", failed, StringComparison.Ordinal);
            Assert.Contains(reason, failed, StringComparison.Ordinal);
        }
    }

    private static string Unlearnable(string name, string label, string condition) => $$"""
        kind: TrainingSet
        name: {{name}}
        service: delay_model
        timestamp: departs_at
        label: late
        spine_features: [distance]
        spine: SELECT departs_at, "origin", "destination", distance, {{label}} AS late FROM flights.departures WHERE {{condition}}
        """;

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
