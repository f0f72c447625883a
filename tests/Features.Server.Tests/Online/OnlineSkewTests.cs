using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Features.Core.Governance;
using Features.Core.Online;
using Features.Core.Skew;

namespace Features.Server.Tests.Online;

/// <summary>Answers over HTTP, logged as they are given, against what a training set would hold: from the request to the report.</summary>
public sealed class OnlineSkewTests
{
    private const string Everything = """{ "features": ["driver_hourly_stats:*", "driver_activity_7d:*", "conv_rate_plus:*"], "full_feature_names": true, "entities": { "driver_id": [1001, 1004, 7001, 9999], "val_to_add": [1, 2, 3, 4] } }""";
    private const string Pushed = """
        { "push_source_name": "driver_stats_push_source", "to": "online_and_offline",
          "df": { "driver_id": [1001, 7001], "event_timestamp": ["2024-09-10 16:10:00+00:00", "2024-09-10T16:20:00Z"], "created": ["2024-09-10 16:10:01", "2024-09-10 16:20:01"],
                  "conv_rate": [0.5, 0.25], "acc_rate": [null, 0.75], "avg_daily_trips": 12 } }
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_OverHttp_AreWhatTheHistoricalJoinGives_UntilOneIsTamperedWith()
    {
        await using var drivers = await DriverWorkspace.StartAsync("log_share: 1", Token);
        Assert.SkipWhen(drivers is null, "Feast's driver statistics are missing");
        await PostAsync(drivers, "/get-online-features", Everything);
        await PostAsync(drivers, "/get-online-features", """{ "feature_service": "driver_activity", "entities": { "driver_id": [1001], "val_to_add": [1000] } }""");

        var report = await CheckAsync(drivers);

        AssertEqual(report, answers: 2, rows: 5);
        Assert.Equal(
            ["conv_rate_plus:conv_rate_plus_val", "driver_activity_7d:rows_7d", "driver_activity_7d:trips_7d", "driver_hourly_stats:acc_rate", "driver_hourly_stats:avg_daily_trips", "driver_hourly_stats:conv_rate"],
            report.Features.Select(f => f.Feature));
        AssertEqual(await CheckAsync(drivers, service: "driver_activity"), answers: 1, rows: 1);

        await TamperAsync(drivers, "driver_activity_7d:trips_7d");
        report = await CheckAsync(drivers);
        var skew = Assert.Single(report.Features, f => f.Differing + f.StatusMismatches > 0);
        Assert.Equal(("driver_activity_7d:trips_7d", 1L, 1.0), (skew.Feature, skew.Differing, skew.MaxAbsoluteDifference));
        Assert.Equal(FeatureValue.Of(1001), skew.Examples.Single().Keys["driver_id"]);
    }

    [Fact]
    public async Task PushedRows_AnsweredAtOnce_AreUnsettledUntilTheyAreInATable()
    {
        await using var drivers = await DriverWorkspace.StartAsync("log_share: 1", Token);
        Assert.SkipWhen(drivers is null, "Feast's driver statistics are missing");
        await PostAsync(drivers, "/push", Pushed);
        await PostAsync(drivers, "/get-online-features", Everything);

        var report = await CheckAsync(drivers);

        Assert.False(report.HasDifferences);
        Assert.All(report.Features, f => Assert.Equal((4, 2), (f.Compared, f.Unsettled)));

        while (await drivers.Workspace.Worker.RunOnceAsync("test", Token) is not null)
        {
        }

        AssertEqual(await CheckAsync(drivers), answers: 1, rows: 4);

        // What answers from the table then is what answered before.
        await drivers.Workspace.MaterializeAsync([], cancellationToken: Token);
        await PostAsync(drivers, "/get-online-features", Everything);
        AssertEqual(await CheckAsync(drivers), answers: 2, rows: 8);
    }

    private static void AssertEqual(SkewReport report, int answers, int rows)
    {
        Assert.False(report.HasDifferences, string.Join('\n', report.Features.SelectMany(f => f.Examples.Select(e => $"{f.Feature}: {e}"))));
        Assert.Equal((answers, rows), (report.Answers, report.Rows));
        Assert.All(report.Features, f => Assert.Equal((f.Compared, 0, 0), (f.Equal, f.Unsettled, f.NotReplayed.Count)));
        Assert.Equal(rows, report.Features[^1].Compared);
    }

    private static Task<SkewReport> CheckAsync(DriverWorkspace drivers, string? service = null) =>
        drivers.Workspace.SkewAsync(new SkewRequest(Reader.Local(SkewCheck.Action)) { Service = service }, Token);

    private static async Task PostAsync(DriverWorkspace drivers, string path, string body)
    {
        var written = drivers.Workspace.Online.Answers!.Counts.Written;
        using var response = await drivers.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Token);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync(Token));

        // An answer is logged after it was sent.
        while (path != "/push" && drivers.Workspace.Online.Answers!.Counts.Written == written)
        {
            await Task.Delay(1, Token);
        }
    }

    /// <summary>Adds one to the first value of a feature in the first answer.</summary>
    private static async Task TamperAsync(DriverWorkspace drivers, string reference)
    {
        var path = Directory.GetFiles(drivers.Workspace.AnswersPath).Single();
        var lines = await File.ReadAllLinesAsync(path, Token);
        var answer = JsonNode.Parse(lines[0])!;
        var values = answer["features"]!.AsArray().Single(f => f!["reference"]!.GetValue<string>() == reference)!["values"]!.AsArray();
        values[0] = values[0]!.GetValue<long>() + 1;
        lines[0] = answer.ToJsonString();
        await File.WriteAllLinesAsync(path, lines, Token);
    }
}
