using Features.Iceberg.FaultHost;
using Features.Iceberg.Tests.Storage;
using Features.Iceberg.Written;

namespace Features.Iceberg.Transactions;

/// <summary>Every kind of action under lost races, lost answers and a catalog that fails: linear history, nothing applied twice, no file left over.</summary>
public sealed class CommitFaultTests : IDisposable
{
    private readonly Warehouse warehouse = new();

    public static TheoryData<string> Kinds => [.. ThreeFiles.All];

    public void Dispose() => warehouse.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Race_LostTwice_IsWonAtTheThirdAttemptWithoutLeftovers(string kind)
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t", ("commit.manifest.min-count-to-merge", "2"));
        var expected = await ExpectedAsync(kind);
        var catalog = new FaultyCatalog(warehouse.Catalog);
        catalog.Swap = async (from, updated) =>
        {
            if (catalog.Swaps <= 2)
            {
                await FileModel.CommitAsync(await three.Files.CurrentAsync(), new AppendFiles([three.Files.Data(7)]));
            }

            return await warehouse.Catalog.TrySwapAsync(from, updated, default);
        };
        var result = await catalog.Wrap(three.Table).NewTransaction().Add(three.Ours(kind, IsolationLevel.Serializable)).CommitAsync(default);

        Assert.True(result.Changed);
        Assert.Equal(3, catalog.Swaps);
        Assert.Equal(expected + 2, (await FileModel.LiveAsync(result.Table)).Count);
        Assert.Equal(4, result.Table.Metadata.Snapshots.Count);
        WrittenTable.Check(result.Table.MetadataLocation, opensFiles: false);
        Assert.Empty(await FileModel.OrphansAsync(result.Table));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Answer_Lost_IsLearntAndNeverAppliedTwice(string kind)
    {
        foreach (var tookPlace in new[] { true, false })
        {
            var name = tookPlace ? "ns.took" : "ns.not";
            var three = await ThreeFiles.CreateAsync(warehouse, name);
            var expected = await ExpectedAsync(kind);
            var catalog = new FaultyCatalog(warehouse.Catalog);
            catalog.Swap = async (from, updated) =>
            {
                var isFirst = catalog.Swaps == 1;
                var done = !isFirst || tookPlace ? await warehouse.Catalog.TrySwapAsync(from, updated, default) : null;
                return isFirst ? throw new CommitStateUnknownException(from.Name, new IOException("the connection broke")) : done;
            };
            var result = await catalog.Wrap(three.Table).NewTransaction().Add(three.Ours(kind, IsolationLevel.Serializable)).CommitAsync(default);

            Assert.True(result.Changed);
            Assert.Equal(tookPlace ? 1 : 2, catalog.Swaps);
            Assert.Equal(expected, (await FileModel.LiveAsync(result.Table)).Count);
            Assert.Equal(2, result.Table.Metadata.Snapshots.Count);
            WrittenTable.Check(result.Table.MetadataLocation, opensFiles: false);
            Assert.Empty(await FileModel.OrphansAsync(result.Table));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Catalog_ThatRefuses_LeavesNoFile(string kind)
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var catalog = new FaultyCatalog(warehouse.Catalog) { Swap = (from, _) => throw new StorageException(from.Name, "the disk is full", "free some space", isTransient: true) };
        await Assert.ThrowsAsync<StorageException>(() => catalog.Wrap(three.Table).NewTransaction().Add(three.Ours(kind, IsolationLevel.Serializable)).CommitAsync(default));
        Assert.Empty(await FileModel.OrphansAsync(await three.Files.CurrentAsync()));
    }

    /// <summary>A store is anybody's code, and may throw anything.</summary>
    [Fact]
    public async Task Cleaning_ThatFailsAfterTheCommit_LeavesTheCommitAsItIs()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t", ("write.metadata.previous-versions-max", "1"), ("write.metadata.delete-after-commit.enabled", "true"));
        var store = new RecordingStore(warehouse.Storage) { Deleting = _ => throw new InvalidOperationException("the store is closed") };
        var catalog = new FaultyCatalog(warehouse.Catalog)
        {
            Swap = async (from, updated) => await warehouse.Catalog.TrySwapAsync(from, updated, default) is { } t ? new Table(t.Name, t.Identifier, t.Metadata, t.MetadataLocation, store, t.Catalog) : null,
        };

        var done = await catalog.Wrap(three.Table).NewTransaction().Add(three.Ours("append", IsolationLevel.Serializable)).CommitAsync(default);

        Assert.True(done.Changed);
        Assert.NotEmpty(store.Deleted);
        Assert.Equal(4, (await FileModel.LiveAsync(await three.Files.CurrentAsync())).Count);
    }

    [Fact]
    public async Task Answer_LostAtTheLastAttempt_IsLookedUpBeforeItIsToldAsUnknown()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t", ("commit.retry.num-retries", "0"));
        var catalog = new FaultyCatalog(warehouse.Catalog)
        {
            Swap = async (from, updated) =>
            {
                await warehouse.Catalog.TrySwapAsync(from, updated, default);
                throw new CommitStateUnknownException(from.Name, new IOException("the connection broke"));
            },
        };
        var result = await catalog.Wrap(three.Table).NewTransaction().Add(three.Ours("append", IsolationLevel.Serializable)).CommitAsync(default);
        Assert.Equal(2, result.Table.Metadata.Snapshots.Count);

        catalog.Swap = (from, _) => throw new CommitStateUnknownException(from.Name, new IOException("the connection broke"));
        await Assert.ThrowsAsync<CommitStateUnknownException>(() => catalog.Wrap(result.Table).NewTransaction().Add(three.Ours("append", IsolationLevel.Serializable)).CommitAsync(default));
        Assert.NotEmpty(await FileModel.OrphansAsync(await three.Files.CurrentAsync()));
    }

    [Fact]
    public async Task Answer_LostOfACommitThatARivalOvertook_IsAConflictLikeAnyOther()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var catalog = new FaultyCatalog(warehouse.Catalog)
        {
            Swap = async (from, _) =>
            {
                await FileModel.CommitAsync(await three.Files.CurrentAsync(), three.Theirs("delete A"));
                throw new CommitStateUnknownException(from.Name, new IOException("the connection broke"));
            },
        };
        await Assert.ThrowsAsync<CommitConflictException>(() => catalog.Wrap(three.Table).NewTransaction().Add(three.Ours("overwrite A", IsolationLevel.Serializable)).CommitAsync(default));
        Assert.Empty(await FileModel.OrphansAsync(await three.Files.CurrentAsync()));
    }

    /// <summary>A change of the schema leaves no snapshot, and this catalog does not say which metadata file it wrote.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answer_LostOfAChangeWithoutAMark_IsUnknownWhereItCannotBeRepeated(bool isRepeatable)
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t");
        var catalog = new FaultyCatalog(warehouse.Catalog);
        catalog.Swap = async (from, updated) =>
        {
            var done = await warehouse.Catalog.TrySwapAsync(from, updated, default);
            if (catalog.Swaps == 1)
            {
                await FileModel.CommitAsync(await three.Files.CurrentAsync(), new AppendFiles([three.Files.Data(7)]));
                throw new CommitStateUnknownException(from.Name, new IOException("the connection broke"));
            }

            return done;
        };
        IAction action = isRepeatable ? new SetProperties(new Dictionary<string, string?> { ["x"] = "y" }) : new UpdateSchema().AddColumn("more", new Spec.PrimitiveType(Spec.PrimitiveKind.Int));
        var commit = catalog.Wrap(three.Table).NewTransaction().Add(action).CommitAsync(default);
        if (isRepeatable)
        {
            Assert.Equal("y", (await commit).Table.Metadata.Properties["x"]);
        }
        else
        {
            await Assert.ThrowsAsync<CommitStateUnknownException>(() => commit);
        }
    }

    [Fact]
    public async Task Table_UnreadableForAWhile_IsReadAgainToLearnAnOutcome()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t", ("commit.status-check.min-wait-ms", "1"));
        var loads = 0;
        var catalog = new FaultyCatalog(warehouse.Catalog);
        catalog.Swap = async (from, updated) =>
        {
            await warehouse.Catalog.TrySwapAsync(from, updated, default);
            catalog.Load = () => _ = ++loads < 3 ? throw new IOException("the network is down") : 0;
            throw new CommitStateUnknownException(from.Name, new IOException("the connection broke"));
        };
        var result = await catalog.Wrap(three.Table).NewTransaction().Add(three.Ours("append", IsolationLevel.Serializable)).CommitAsync(default);
        Assert.Equal(2, result.Table.Metadata.Snapshots.Count);
        Assert.Equal(3, loads);
    }

    [Fact]
    public async Task TimeLimit_OfRetries_EndsThem()
    {
        var three = await ThreeFiles.CreateAsync(warehouse, "ns.t", ("commit.retry.num-retries", "100"), ("commit.retry.total-timeout-ms", "0"));
        var catalog = new FaultyCatalog(warehouse.Catalog) { Swap = (_, _) => Task.FromResult<Table?>(null) };
        await Assert.ThrowsAsync<CommitConflictException>(() => catalog.Wrap(three.Table).NewTransaction().Add(three.Ours("append", IsolationLevel.Serializable)).CommitAsync(default));
        Assert.Equal(1, catalog.Swaps);
    }

    /// <summary>How many files are live after the action alone.</summary>
    private async Task<int> ExpectedAsync(string kind)
    {
        var alone = await ThreeFiles.CreateAsync(warehouse, $"alone.t{Guid.NewGuid():N}");
        return (await FileModel.LiveAsync((await FileModel.CommitAsync(alone.Table, alone.Ours(kind, IsolationLevel.Serializable))).Table)).Count;
    }
}
