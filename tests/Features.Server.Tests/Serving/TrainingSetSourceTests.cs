using Features.Flight.Cache;
using Features.Flight.Protocol;
using Features.Iceberg.Scans;

namespace Features.Server.Tests.Serving;

public sealed class TrainingSetSourceTests : IAsyncLifetime
{
    private ServedWorkspace served = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => served = await ServedWorkspace.OpenAsync(flights: 120);

    public ValueTask DisposeAsync() => served.DisposeAsync();

    [Fact]
    public async Task Find_ASet_SaysWhatItsColumnsAreFor()
    {
        var manifest = await served.MakeSetAsync("parts");
        var plan = await served.FindAsync(new DatasetSelection("parts"));
        Assert.Equal((manifest.Digest, manifest.Rows), (plan.Digest, plan.Rows));
        Assert.Equal(manifest.Columns.Select(c => c.Name), plan.Schema.FieldsList.Select(f => f.Name));
        var roles = plan.Roles;
        Assert.Equal(
            [ColumnRole.Other, ColumnRole.Time, ColumnRole.Key, ColumnRole.Key, ColumnRole.Weight, ColumnRole.Label, ColumnRole.Split],
            new[] { "_row", "departs_at", "origin", "destination", "weight", "late", "_split" }.Select(c => roles[c]));

        // A transformation's output stands for what it read.
        Assert.Equal([ColumnRole.Other, ColumnRole.Feature], new[] { "distance", "distance__standardize" }.Select(c => roles[c]));
        Assert.Equal([ColumnRole.Other, ColumnRole.Feature], new[] { "route_last_delay", "route_last_delay__impute" }.Select(c => roles[c]));
        Assert.Equal(ColumnRole.Feature, roles["route_delay_avg_1d"]);
    }

    [Fact]
    public async Task Parts_OfASet_AreItsRowsInOrder()
    {
        await served.MakeSetAsync("delays");
        var plan = await served.FindAsync(new DatasetSelection("delays"));
        Assert.Equal(Enumerable.Range(0, 120).Select(i => $"{i}"), await served.ColumnAsync(plan, "_row"));
    }

    [Fact]
    public async Task Parts_OfOnePartOfTheSplit_AreItsRowsInOrder()
    {
        await served.MakeSetAsync("parts");
        var all = await served.FindAsync(new DatasetSelection("parts"));
        var splits = await served.ColumnAsync(all, "_split");
        var train = await served.FindAsync(new DatasetSelection("parts") { Filter = "_split = 'train'" });
        Assert.Equal(all.Digest, train.Digest);
        Assert.Equal("(_split = 'train')", train.Filter);
        Assert.Equal(["_split"], train.FilterColumns);
        Assert.Equal(splits.Index().Where(s => s.Item == "train").Select(s => $"{s.Index}"), await served.ColumnAsync(train, "_row"));
        Assert.InRange(train.Rows, 1, 119);
        var none = await served.FindAsync(new DatasetSelection("parts") { Filter = "_split = 'validation'" });
        Assert.Empty(await served.ColumnAsync(none, "_row"));
    }

    [Fact]
    public async Task Parts_OfASetThatLostRows_Fail()
    {
        await served.MakeSetAsync("delays");
        var plan = await served.FindAsync(new DatasetSelection("delays"));
        var table = (await served.Workspace.Catalog.TryLoadTableAsync(new Features.Iceberg.TableIdentifier("training", "delays"), Token))!;
        await table.Rows(served.Workspace.Files).DeleteAsync(Filter.Compare("_row", Comparison.Equal, 7L), Token);

        // The snapshot of the manifest still stands: the set is what it was.
        Assert.Equal(120, (await served.ColumnAsync(plan, "_row")).Count);
        Assert.Null(await served.Source.FindAsync(new DatasetSelection("delay"), null, Token));
    }

    [Fact]
    public async Task Parts_AfterTheSetWasMadeAnew_AreRefused()
    {
        await served.MakeSetAsync("delays");
        var plan = await served.FindAsync(new DatasetSelection("delays"));
        await served.IngestAsync("more.csv", flights: 10, day: 3);
        await served.MakeSetAsync("delays", replace: true);
        Assert.Contains("made anew", (await Assert.ThrowsAsync<InvalidOperationException>(() => served.Source.PartsAsync(plan, Token))).Message, StringComparison.Ordinal);
        var next = await served.FindAsync(new DatasetSelection("delays"));
        Assert.Equal(130, next.Rows);
        Assert.NotEqual(plan.Digest, next.Digest);
    }
}
