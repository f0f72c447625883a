using System.Globalization;
using Apache.Arrow;
using Features.Server.Ingest;
using Features.Server.Workspaces;

namespace Features.Server.Tests.TrainingSets;

/// <summary>
/// A flight's delay is known once it has landed. Over the shipped definitions, from file to training set: changing one flight's delay changes nothing of its own features,
/// nor of any flight's that departs before it is known; and it does change those of later ones on its route.
/// </summary>
public sealed class LeakageTests : IDisposable
{
    private const int Flights = 240;
    private const int Changed = 100;
    private readonly string folder = Directory.CreateTempSubdirectory("features-leakage-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Join_WithOneDelayChanged_ChangesFeaturesOfLaterFlightsOnly()
    {
        var before = await JoinAsync("before", delayOfChanged: 3);
        var after = await JoinAsync("after", delayOfChanged: 240);
        Assert.Equal(Flights, before.Count);
        Assert.Equal(before.Select(r => r.Key), after.Select(r => r.Key));

        var (departs, knownAt) = Times(Changed);
        var own = before.FindIndex(r => r.Key.StartsWith(Text(departs), StringComparison.Ordinal));
        Assert.Equal(before[own].Features, after[own].Features);
        Assert.NotEqual(before[own].Label, after[own].Label);

        var differing = Enumerable.Range(0, Flights).Where(i => before[i].Features != after[i].Features).Select(i => before[i].Departs).ToList();
        Assert.NotEmpty(differing);
        Assert.All(differing, time => Assert.True(string.CompareOrdinal(time, Text(knownAt)) >= 0, $"{time} is before {Text(knownAt)}"));

        // The other way round: whoever leaves from there within the window sees it, and only one flight's label moved.
        Assert.Contains(Text(Times(Changed + 40).Departs), differing);
        Assert.Equal(1, Enumerable.Range(0, Flights).Count(i => before[i].Label != after[i].Label));
    }

    // A flight every ten minutes, alternating between two routes from the same airport; in the air for an hour and more.
    private static (DateTime Departs, DateTime KnownAt) Times(int flight)
    {
        var departs = new DateTime(2001, 1, 1, 6, 0, 0, DateTimeKind.Unspecified).AddMinutes(10 * flight);
        return (departs, departs.AddMinutes(30 + (600 / 7.5)));
    }

    private static string Text(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private async Task<List<(string Key, string Departs, string Features, string Label)>> JoinAsync(string name, int delayOfChanged)
    {
        var root = Path.Combine(folder, name);
        await WorkspaceTemplate.WriteAsync(root, Token);
        var lines = Enumerable.Range(0, Flights).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{Text(Times(i).Departs)},{(i == Changed ? delayOfChanged : (i * 7 % 40) - 10)},600,ATL,{(i % 2 == 0 ? "ORD" : "LGA")}"));
        var file = Path.Combine(root, "landing", "flights", "flights.csv");
        await File.WriteAllLinesAsync(file, ["date,delay,distance,origin,destination", .. lines], Token);
        await using var workspace = await Workspace.OpenAsync(root, Token);
        await workspace.ApplyAsync(planOnly: false, Token);
        Assert.Equal(Flights, (await DirectIngest.RunAsync(workspace, "departures", file, Token)).Outcome.Good);
        var set = (await workspace.CreateTrainingSetAsync(await workspace.DeclaredTrainingSetAsync("delays", Token), cancellationToken: Token)).Manifest;
        var features = string.Join(", ", set.Columns.Where(c => c.Role == "feature").Select(c => c.Name));

        var rows = new List<(string, string, string, string)>();
        await using var query = await workspace.QueryAsync(
            $"SELECT strftime(departs_at, '%Y-%m-%d %H:%M:%S') AS departs, \"destination\" AS destination, CAST(row({features}) AS VARCHAR) AS features, CAST(late AS VARCHAR) AS late FROM training.delays ORDER BY departs", Token);
        await foreach (var batch in query.ReadAsync(Token))
        {
            using (batch)
            {
                string Cell(int column, int row) => ((StringArray)batch.Column(column)).GetString(row);
                rows.AddRange(Enumerable.Range(0, batch.Length).Select(i => ($"{Cell(0, i)} {Cell(1, i)}", Cell(0, i), Cell(2, i), Cell(3, i))));
            }
        }

        return rows;
    }
}
