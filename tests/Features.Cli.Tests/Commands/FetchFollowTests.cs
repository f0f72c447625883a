using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Features.Cli.Tests.Commands;

/// <summary><c>features fetch --follow</c> while the training set is made anew.</summary>
public sealed class FetchFollowTests : IAsyncLifetime
{
    private const int Epochs = 3;

    // So many rows that no pipe holds an epoch of them.
    private readonly FetchWorkspace served = new() { Stride = 10 };

    public ValueTask InitializeAsync() => served.InitializeAsync();

    public ValueTask DisposeAsync() => served.DisposeAsync();

    [Fact]
    public async Task Follow_ASetMadeAnewInAnEpoch_IsReadToItsEndAndTheNewerOneAfterIt()
    {
        var token = TestContext.Current.CancellationToken;
        var before = (int)served.Set["rows"]!;

        // What is printed waits until it is read, and so does the fetch: it is in its first epoch until then.
        using var fetch = Process.Start(FeaturesProcess.Describe(
            served.Folder, ["fetch", "delays", "--follow", "--epochs", $"{Epochs}", "--shuffle", "global", "--world", "2", "--rank", "all", "--batch", "8", "--format", "json", "--flight", served.Flight]))!;
        var errors = fetch.StandardError.ReadToEndAsync(CancellationToken.None);
        List<(int Epoch, long Row)> rows = [RowOf(await fetch.StandardOutput.ReadLineAsync(token))];

        await FlightsSample.WriteAsync(Path.Combine(served.Folder, "later.parquet"), days: 1, stride: 7);
        (await FeaturesProcess.RunAsync(served.Folder, "ingest", "departures", "later.parquet")).Succeeded();
        (await FeaturesProcess.RunAsync(served.Folder, "dataset", "create", "delays", "--replace")).Succeeded();
        var set = (await FeaturesProcess.RunAsync(served.Folder, "dataset", "show", "delays", "--json")).Object();
        Assert.NotEqual(before, (int)set["rows"]!);
        while (!(await served.RunAsync("cache", "list", "--json")).Objects().Any(one => (string)one["digest"]! == (string)set["digest"]! && (bool)one["ready"]!))
        {
            // The server looks for newer versions of what is followed, whoever made them.
        }

        while (await fetch.StandardOutput.ReadLineAsync(token) is { } line)
        {
            rows.Add(RowOf(line));
        }

        await fetch.WaitForExitAsync(token);
        Assert.True(fetch.ExitCode == 0, await errors);
        var epochs = rows.GroupBy(row => row.Epoch, row => row.Row).OrderBy(epoch => epoch.Key).ToList();
        Assert.Equal(Epochs, epochs.Count);
        Assert.Equal(Enumerable.Range(0, before), epochs[0].Select(row => (int)row).Order());
        Assert.Equal(Enumerable.Range(0, (int)set["rows"]!), epochs[^1].Select(row => (int)row).Order());
    }

    private static (int Epoch, long Row) RowOf(string? line)
    {
        var row = JsonNode.Parse(line!)!;
        return ((int)row["_epoch"]!, (long)row["_row"]!);
    }
}
