using Features.Iceberg.Catalogs;
using Features.Iceberg.FaultHost;
using Features.Iceberg.Maintenance;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Transactions;

/// <summary>
/// Processes that change one table at once, one of them struck at a named point and started again: what they say they did, and the order of the table's snapshots, replayed on a plain list, must give the rows of every
/// snapshot; the history is one line; nothing that it names is missing; and what a killed writer left is found as orphans, without which the table is the same.
/// </summary>
[Collection(PostgresCollection.Name)]
public sealed class KilledWritersTests(PostgresFixture postgres) : IDisposable
{
    // Five operations lead a writer through half of the kinds, and two through all of them.
    private const int Operations = 5;

    private readonly string folder = Directory.CreateTempSubdirectory("writers-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(FaultPoint.BeforeDataFile, 3)]
    [InlineData(FaultPoint.AfterDataFile, 2)]
    [InlineData(FaultPoint.AfterManifest, 3)]
    [InlineData(FaultPoint.AfterManifestList, 2)]
    [InlineData(FaultPoint.BeforeMetadata, 3)]
    [InlineData(FaultPoint.AfterMetadata, 2)]
    [InlineData(FaultPoint.BeforeSwap, 3)]
    [InlineData(FaultPoint.AfterSwap, 4)]
    [InlineData(FaultPoint.WhileRemoving, 3)]
    [InlineData(FaultPoint.LostAnswer, 8)]
    [InlineData(FaultPoint.LostRequest, 3)]
    [InlineData(FaultPoint.LateRequest, 3)]
    public async Task Writers_OneOfThemStruck_LoseNothingAndRepeatNothing(FaultPoint fault, int writers)
    {
        var file = Path.Combine(folder, "catalog.db");
        using var catalog = new SqliteCatalog(file, "local", folder, new LocalObjectStore(), TimeProvider.System);
        await RunAsync(catalog, file, fault, writers);
    }

    [Theory]
    [InlineData(FaultPoint.AfterSwap)]
    [InlineData(FaultPoint.LateRequest)]
    public async Task Writers_OfAPostgresCatalog_LoseNothingAndRepeatNothing(FaultPoint fault)
    {
        var database = postgres.NewDatabase();
        using var catalog = await PostgresCatalog.OpenAsync(database, "local", folder, new LocalObjectStore(), TimeProvider.System, default);
        await RunAsync(catalog, database, fault, 3);
    }

    private async Task RunAsync(SqlCatalog catalog, string place, FaultPoint fault, int writers)
    {
        // The first operation of the writer that is struck removes files; for the others of them all are alike.
        var seed = (int)WriterOperationKind.Expire + (10 * (int)fault);
        var first = await WriterProcesses.PrepareAsync(catalog);
        await WriterProcesses.RunAsync(folder, place, seed, Operations, fault, writers);

        var table = await catalog.LoadTableAsync(first.Identifier!, default);
        var history = await WriterHistory.ReadAsync(table);
        history.CheckLine();
        var outcomes = Enumerable.Range(0, writers).SelectMany(w => WriterLog.Read(WriterLog.PathOf(folder, $"{w}"))).ToDictionary(o => o.Tag, o => o.Outcome);
        var operations = Enumerable.Range(0, writers).SelectMany(w => Enumerable.Range(0, Operations).Select(n => WriterOperation.Of(seed, w, n)))
            .Concat(WriterProcesses.Preparations).ToDictionary(o => o.Tag);
        Assert.Equal(writers * Operations, outcomes.Count);
        history.CheckOutcomes(operations, outcomes);
        Assert.Equal(fault < FaultPoint.LostAnswer ? 1 : 0, outcomes.Values.Count(o => o == WriterLog.Begun));
        Assert.True(outcomes.Values.Count(o => o == "changed") > writers * Operations / 2, string.Join(", ", outcomes));

        var rows = await history.CheckRowsAsync(table, operations);
        var reachable = await ReachableAsync(table);
        Assert.DoesNotContain(reachable, f => !File.Exists(f));

        // Nobody writes any more: all that is not the table's may go.
        var removal = new OrphanRemoval(table) { MinimumAge = TimeSpan.Zero, AllowsRecentFiles = true };
        var removed = await removal.ExecuteAsync(await removal.PlanAsync());
        Assert.Empty(removed.Failed);
        Assert.Equal(reachable.Order(StringComparer.Ordinal), Files(table).Order(StringComparer.Ordinal));
        Assert.Equal(rows, await WriterHistory.RowsAsync(table, table.Metadata.CurrentSnapshotId!.Value));
        Assert.True(removed.Removed > 0 || fault is not (FaultPoint.AfterDataFile or FaultPoint.AfterManifest or FaultPoint.AfterManifestList or FaultPoint.AfterMetadata), "the killed writer left nothing");
    }

    private static async Task<HashSet<string>> ReachableAsync(Table table)
    {
        var reachable = new HashSet<string>();
        await foreach (var location in ReachableFiles.AllAsync(table, null, default))
        {
            reachable.Add(location);
        }

        return reachable;
    }

    /// <summary>Every file in the table's folder but those that were never whole: they are hidden, and no reader meets them.</summary>
    private static IEnumerable<string> Files(Table table) =>
        Directory.EnumerateFiles(table.Metadata.Location, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".partial", StringComparison.Ordinal));
}
