using System.Text.RegularExpressions;
using System.Xml.Linq;
using Features.Testing;

namespace Features.Cli.Tests.Samples;

/// <summary>
/// Executes <c>notebooks/tour.ipynb</c> and holds its committed outputs to what comes out. With <c>FEATURES_WRITE_NOTEBOOK=1</c> the outputs are written to it instead.
/// </summary>
[Collection("tour")]
public sealed partial class TourNotebookTests
{
    private static readonly string Committed = Path.Combine(Fixtures.Repository, "notebooks", "tour.ipynb");

    [Fact]
    public async Task Notebook_Executed_ShowsWhatIsCommitted()
    {
        using var folder = new TourFolder();
        Environment.SetEnvironmentVariable("TOUR_WORKSPACE", folder.Path);
        var committed = await Notebook.ReadAsync(Committed, TestContext.Current.CancellationToken);

        var executed = await NotebookRun.ExecuteAsync(committed, TestContext.Current.CancellationToken);

        await executed.WriteAsync(Path.Combine(AppContext.BaseDirectory, "tour.executed.ipynb"), TestContext.Current.CancellationToken);
        if (Environment.GetEnvironmentVariable("FEATURES_WRITE_NOTEBOOK") == "1")
        {
            await executed.WriteAsync(Committed, TestContext.Current.CancellationToken);
            committed = await Notebook.ReadAsync(Committed, TestContext.Current.CancellationToken);
        }

        foreach (var (before, after) in committed.CodeCells.Zip(executed.CodeCells))
        {
            var (shown, made) = (Notebook.OutputOf(before), Notebook.OutputOf(after));
            Assert.True(shown.Keys.SequenceEqual(made.Keys), $"cell '{Notebook.IdOf(after)}' shows {string.Join(", ", made.Keys)}; committed are {string.Join(", ", shown.Keys)}: run this test with FEATURES_WRITE_NOTEBOOK=1");
            Assert.All(made.Where(m => m.Key.StartsWith("text/", StringComparison.Ordinal)), text => Assert.Equal(shown[text.Key], text.Value));
            Assert.DoesNotContain(made.Values, text => text.Contains(folder.Path, StringComparison.Ordinal));
        }

        string[] silent = ["references", "step", "close"];
        Assert.Equal(silent, executed.CodeCells.Where(c => Notebook.OutputOf(c).Count == 0).Select(Notebook.IdOf));
        var picture = Png.Decode(Convert.FromBase64String(Output(executed, "plot", "image/png")));
        Assert.True(picture is { Width: 900, Height: 450, Colours: > 50 }, $"{picture}");
    }

    [Fact]
    public async Task Notebook_Committed_HoldsTheFiguresThatItTellsOf()
    {
        var notebook = await Notebook.ReadAsync(Committed, TestContext.Current.CancellationToken);

        Assert.Equal("600,000 flights read = 600,000 good + 0 quarantined", Output(notebook, "ingest", "text/plain"));
        Assert.Matches("^[0-9,]+ rows, sha256:[0-9a-f]{64}$", Output(notebook, "join", "text/plain"));
        double[] losses = [.. Loss().Matches(Output(notebook, "train", "text/html")).Select(m => double.Parse(m.Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(4, losses.Length);
        Assert.True(losses[3] < losses[0] && losses[3] <= losses[1], $"nothing was learnt: {string.Join(", ", losses)}");
        Assert.Equal((4, ".net-csharp", "polyglot-notebook"), ((int)notebook.Json["nbformat"]!, (string)notebook.Json["metadata"]!["kernelspec"]!["name"]!, (string)notebook.Json["metadata"]!["language_info"]!["name"]!));
    }

    [Fact]
    public async Task Notebook_PackageReferences_AreOfTheCentralVersions()
    {
        var notebook = await Notebook.ReadAsync(Committed, TestContext.Current.CancellationToken);
        var central = XDocument.Load(Path.Combine(Fixtures.Repository, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(p => (string)p.Attribute("Include")!, p => (string)p.Attribute("Version")!);

        var references = notebook.CodeCells.SelectMany(c => NuGet().Matches(Notebook.SourceOf(c))).ToList();

        Assert.NotEmpty(references);
        Assert.All(references, r => Assert.Equal(central[r.Groups[1].Value], r.Groups[2].Value));
    }

    private static string Output(Notebook notebook, string id, string mimeType) => Notebook.OutputOf(notebook.CodeCells.Single(c => Notebook.IdOf(c) == id))[mimeType];

    [GeneratedRegex("""#r "nuget: ([\w.]+), ([\d.]+)""")]
    private static partial Regex NuGet();

    [GeneratedRegex(@"0\.\d{3}\b")]
    private static partial Regex Loss();
}
