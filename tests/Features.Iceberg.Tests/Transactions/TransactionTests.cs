using Features.Iceberg.Catalogs;
using Features.Iceberg.FaultHost;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

public sealed class TransactionTests : IDisposable
{
    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Guard_FindingTheWorkDone_ChangesNothing()
    {
        var table = await warehouse.AppendAsync(await TableAsync(), [0L, "JFK", 1]);
        var files = await warehouse.WriteAsync(table, [[1L, "LAX", 2]]);
        var result = await table.NewTransaction(m => m.CurrentSnapshot is null).Add(new AppendFiles(files)).CommitAsync(default);
        Assert.False(result.Changed);
        Assert.Equal(table.MetadataLocation, result.Table.MetadataLocation);
    }

    [Fact]
    public async Task Guard_ThatThrows_RefusesTheCommit()
    {
        var table = await TableAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => table.NewTransaction(_ => throw new InvalidOperationException("fenced")).Add(new AppendFiles([])).CommitAsync(default));
        Assert.Empty((await warehouse.Catalog.TryLoadTableAsync(table.Identifier!, default))!.Metadata.Snapshots);
    }

    [Fact]
    public async Task Actions_OfOneTransaction_CommitTogether()
    {
        var table = await TableAsync();
        var files = await warehouse.WriteAsync(table, [[0L, "JFK", 1]]);
        var result = await table.NewTransaction()
            .Add(new AppendFiles(files, new Dictionary<string, string> { ["sequence"] = "7" }))
            .Add(new SetProperties(new Dictionary<string, string?> { ["owner"] = "ops" }))
            .CommitAsync(default);
        Assert.Equal("7", result.Table.Metadata.CurrentSnapshot!.Summary["sequence"]);
        Assert.Equal("append", result.Table.Metadata.CurrentSnapshot.Operation);
        Assert.Equal("ops", result.Table.Metadata.Properties["owner"]);
        Assert.Equal(table.MetadataLocation, Assert.Single(result.Table.Metadata.MetadataLog).MetadataFile);
        Assert.Equal(result.Table.Metadata.CurrentSnapshotId, Assert.Single(result.Table.Metadata.SnapshotLog).SnapshotId);
        Assert.Equal(result.Table.Metadata.CurrentSnapshotId, result.Table.Metadata.Refs["main"].SnapshotId);
    }

    [Fact]
    public async Task Swap_LostEachTime_ConflictsAndLeavesNoFile()
    {
        var table = await TableAsync(("commit.retry.num-retries", "2"), ("commit.retry.min-wait-ms", "1"));
        var files = await warehouse.WriteAsync(table, [[0L, "JFK", 1]]);
        var catalog = new FaultyCatalog(warehouse.Catalog) { Swap = (_, _) => Task.FromResult<Table?>(null) };
        var error = await Assert.ThrowsAsync<CommitConflictException>(() => catalog.Wrap(table).NewTransaction().Add(new AppendFiles(files)).CommitAsync(default));
        Assert.True(error.IsTransient);
        Assert.Equal(3, catalog.Swaps);
        Assert.Empty(Directory.GetFiles(Path.Combine(table.Metadata.Location, "metadata"), "*.avro"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Outcome_Unknown_IsLearntFromTheHistoryAndNeverAppliedTwice(bool tookPlace)
    {
        var table = await TableAsync(("commit.retry.min-wait-ms", "1"));
        var files = await warehouse.WriteAsync(table, [[0L, "JFK", 1]]);
        var catalog = new FaultyCatalog(warehouse.Catalog);
        catalog.Swap = async (from, updated) =>
        {
            if (catalog.Swaps > 1)
            {
                return await warehouse.Catalog.TrySwapAsync(from, updated, default);
            }

            if (tookPlace)
            {
                await warehouse.Catalog.TrySwapAsync(from, updated, default);
            }

            throw new CommitStateUnknownException(from.Name, new IOException("the connection broke"));
        };
        var result = await catalog.Wrap(table).NewTransaction().Add(new AppendFiles(files)).CommitAsync(default);
        Assert.True(result.Changed);
        Assert.Equal(tookPlace ? 1 : 2, catalog.Swaps);
        Assert.Single(result.Table.Metadata.Snapshots);
        Assert.Equal(["(0,'JFK',1)"], await Warehouse.LinesAsync(result.Table.NewScan()));
    }

    [Fact]
    public async Task Outcome_UnknownAndThenCancelled_IsToldAsUnknown()
    {
        var table = await TableAsync(("commit.retry.min-wait-ms", "60000"));
        var files = await warehouse.WriteAsync(table, [[0L, "JFK", 1]]);
        using var cancel = new CancellationTokenSource();
        var catalog = new FaultyCatalog(warehouse.Catalog)
        {
            Swap = async (from, updated) =>
            {
                await warehouse.Catalog.TrySwapAsync(from, updated, default);
                await cancel.CancelAsync();
                throw new CommitStateUnknownException(from.Name, new IOException("the connection broke"));
            },
        };
        await Assert.ThrowsAsync<CommitStateUnknownException>(() => catalog.Wrap(table).NewTransaction().Add(new AppendFiles(files)).CommitAsync(cancel.Token));
    }

    [Fact]
    public async Task Outcome_UnknownAndTheTableUnreadable_IsToldAsUnknown()
    {
        var table = await TableAsync(("commit.retry.min-wait-ms", "1"));
        var files = await warehouse.WriteAsync(table, [[0L, "JFK", 1]]);
        var catalog = new FaultyCatalog(warehouse.Catalog);
        catalog.Swap = (from, _) =>
        {
            catalog.Load = () => throw new IOException("the disk is gone");
            throw new CommitStateUnknownException(from.Name, new IOException("the connection broke"));
        };
        await Assert.ThrowsAsync<CommitStateUnknownException>(() => catalog.Wrap(table).NewTransaction().Add(new AppendFiles(files)).CommitAsync(default));
    }

    [Fact]
    public async Task MetadataLog_GrownBeyondItsLimit_KeepsTheLast()
    {
        var table = await TableAsync(("write.metadata.previous-versions-max", "2"));
        for (var i = 0; i < 4; i++)
        {
            table = (await table.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { ["n"] = $"{i}" })).CommitAsync(default)).Table;
        }

        Assert.Equal(2, table.Metadata.MetadataLog.Count);
        Assert.Contains("/00003-", table.Metadata.MetadataLog[^1].MetadataFile, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Properties_SetToWhatTheyAre_MakeNoCommit()
    {
        var table = await TableAsync(("a", "1"));
        Assert.False((await table.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { ["a"] = "1", ["gone"] = null })).CommitAsync(default)).Changed);
    }

    [Fact]
    public async Task Properties_ThatStandForTheTablesState_AreRefused()
    {
        var table = await TableAsync();
        Task<CommitResult> Set(string name, string? value) => table.NewTransaction().Add(new SetProperties(new Dictionary<string, string?> { [name] = value })).CommitAsync(default);
        Assert.False((await Set("format-version", "2")).Changed);
        Assert.Contains("changing the format version to 3", (await Assert.ThrowsAsync<UnsupportedFeatureException>(() => Set("format-version", "3"))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => Set("current-snapshot-id", "1"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Table_OfAnotherFormatVersion_IsRefusedByName(int version)
    {
        var table = await TableAsync();
        var text = await File.ReadAllTextAsync(table.MetadataLocation);
        await File.WriteAllTextAsync(table.MetadataLocation, text.Replace("\"format-version\":2", $"\"format-version\":{version},\"next-row-id\":0,\"partition-spec\":[]", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<UnsupportedFeatureException>(() => table.NewTransaction().Add(new AppendFiles([])).CommitAsync(default));
        Assert.Contains($"writing format version {version}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Action_AddedTwice_IsRefused()
    {
        var (table, action) = (await TableAsync(), new AppendFiles([]));
        var transaction = table.NewTransaction().Add(action);
        Assert.Contains("added twice", Assert.Throws<InvalidTableArgumentException>(() => transaction.Add(action)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Action_UsedAgainAfterAFailedCommit_WritesItsFilesAnew()
    {
        var table = await TableAsync(("commit.retry.num-retries", "0"));
        var action = new AppendFiles(await warehouse.WriteAsync(table, [[0L, "JFK", 1]]));
        var catalog = new FaultyCatalog(warehouse.Catalog);
        await Assert.ThrowsAsync<CommitConflictException>(() => catalog.Wrap(table).NewTransaction().Add(action).CommitAsync(default));
        var result = await table.NewTransaction().Add(action).CommitAsync(default);
        Assert.Single(await Warehouse.LinesAsync(result.Table.NewScan()));
    }

    [Fact]
    public async Task Tag_OfAnUnknownSnapshot_IsRefused()
    {
        var table = await TableAsync();
        await Assert.ThrowsAsync<NotFoundException>(() => table.NewTransaction().Add(new SetSnapshotRef("v1", new SnapshotRef(42, IsBranch: false))).CommitAsync(default));
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => table.NewTransaction().Add(new SetSnapshotRef("main", new SnapshotRef(42, IsBranch: false))).CommitAsync(default));
    }

    [Fact]
    public async Task Tag_MovedAndRemoved_IsGone()
    {
        var table = await warehouse.AppendAsync(await TableAsync(), [0L, "JFK", 1]);
        var tag = new SnapshotRef(table.Metadata.CurrentSnapshotId!.Value, IsBranch: false);
        table = (await table.NewTransaction().Add(new SetSnapshotRef("v1", tag)).CommitAsync(default)).Table;
        Assert.Equal(tag, table.Metadata.Refs["v1"]);
        await Assert.ThrowsAsync<InvalidTableArgumentException>(() => table.NewTransaction().Add(new SetSnapshotRef("v1", tag with { IsBranch = true })).CommitAsync(default));
        table = (await table.NewTransaction().Add(new SetSnapshotRef("v1", null)).CommitAsync(default)).Table;
        Assert.False(table.Metadata.Refs.ContainsKey("v1"));
    }

    [Fact]
    public async Task Files_ThatDoNotFit_AreRefusedAllAtOnce()
    {
        var table = await TableAsync();
        var file = (await warehouse.WriteAsync(table, [[0L, "JFK", 1]])).Single();
        var error = await Assert.ThrowsAsync<InvalidTableArgumentException>(() => table.NewTransaction()
            .Add(new AppendFiles([file, file, file with { FilePath = "/x", SpecId = 9 }, file with { FilePath = "/y", Partition = [1] }, file with { FilePath = "/z", Content = FileContent.EqualityDeletes }])).CommitAsync(default));
        Assert.Contains("given twice", error.Message, StringComparison.Ordinal);
        Assert.Contains("spec 9", error.Message, StringComparison.Ordinal);
        Assert.Contains("'/y' has 1 partition values", error.Message, StringComparison.Ordinal);
        Assert.Contains("'/z' holds deletes", error.Message, StringComparison.Ordinal);
    }

    private Task<Table> TableAsync(params (string Name, string Value)[] properties) =>
        warehouse.CreateAsync("ns.t", Warehouse.Flights, properties: properties.ToDictionary(p => p.Name, p => p.Value));
}
