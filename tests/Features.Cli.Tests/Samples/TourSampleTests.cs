using System.Diagnostics;
using System.Text.RegularExpressions;
using Features.Testing;

namespace Features.Cli.Tests.Samples;

/// <summary>Runs <c>samples/tour.cs</c> as its reader would. Its build takes the projects as <c>dotnet build -c Release</c> left them.</summary>
[Collection("tour")]
public sealed partial class TourSampleTests
{
    [Fact]
    public async Task Sample_RunTwice_PrintsTheSameFiguresAndKeepsTheTrainingSet()
    {
        using var folder = new TourFolder();

        var first = await RunAsync(folder.Path);
        var second = await RunAsync(folder.Path, "--no-build");

        Assert.StartsWith("ingest  600,000 flights read = 600,000 good + 0 quarantined\n", first, StringComparison.Ordinal);
        Assert.Contains("query   who leaves at 5:00 arrives 3 minutes early on average, who leaves at 23:00 27 minutes late\n", first, StringComparison.Ordinal);
        Assert.Matches(@"\njoin    113,493 rows, sha256:[0-9a-f]{64} \(Created\)\n", first);
        double[] losses = [.. Loss().Matches(first).Select(m => double.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(4, losses.Length);
        Assert.True(losses[3] < losses[0] && losses[3] <= losses[1], $"nothing was learnt: {string.Join(", ", losses)}");
        Assert.Equal(first.Replace("(Created)", "(Unchanged)", StringComparison.Ordinal), second);
        var picture = Png.Decode(await File.ReadAllBytesAsync(Path.Combine(folder.Path, "delays.png"), TestContext.Current.CancellationToken));
        Assert.True(picture is { Width: 900, Height: 450, Colours: > 50 }, $"{picture}");
    }

    [Fact]
    public async Task Sample_AndNotebook_NameTheSameTrainingSetInTheSameWords()
    {
        var sample = await File.ReadAllTextAsync(Path.Combine(Fixtures.Repository, "samples", "tour.cs"), TestContext.Current.CancellationToken);
        var notebook = await Notebook.ReadAsync(Path.Combine(Fixtures.Repository, "notebooks", "tour.ipynb"), TestContext.Current.CancellationToken);
        var cells = notebook.CodeCells.ToDictionary(Notebook.IdOf, Notebook.SourceOf);

        // What the two tell in the same words cannot drift apart: the view, the set, and the step of training.
        foreach (var part in new[] { cells["view"], cells["join"], cells["step"] })
        {
            var statements = part.Split("\n\n").Where(p => p.Contains(';')).ToList();
            Assert.NotEmpty(statements);
            Assert.All(statements, s => Assert.Contains(s, sample, StringComparison.Ordinal));
        }
    }

    private static async Task<string> RunAsync(string folder, params string[] options)
    {
        var start = new ProcessStartInfo("dotnet", ["run", "-c", "Release", .. options, "samples/tour.cs", "--", folder])
        {
            WorkingDirectory = Fixtures.Repository,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // A build server that outlives the run would hold its pipes open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment.TryAdd("NUGET_CERT_REVOCATION_MODE", "offline");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"samples/tour.cs exited with {process.ExitCode}: {output}{await errors}");
        return output.ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"log loss (0\.\d{3})")]
    private static partial Regex Loss();
}
