using Features.Iceberg.Catalogs;
using Features.Iceberg.FaultHost;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

public sealed class TableReplacementTests : IDisposable
{
    private static readonly TableCreation Delays = new(
        new Schema(0, [new(7, "delay", new PrimitiveType(PrimitiveKind.Int), false)], []), PartitionSpec.Unpartitioned, SortOrder.Unsorted, new Dictionary<string, string> { ["owner"] = "ops" });

    private readonly Warehouse warehouse = new();

    public void Dispose() => warehouse.Dispose();

    [Fact]
    public async Task Replacement_Committed_TakesTheNameAndLeavesTheFormerFilesReadable()
    {
        var standing = await StandingAsync();
        var replacement = standing.NewReplacement(Delays);
        var files = await warehouse.WriteAsync(replacement.Staged, [[5], [6]]);
        Assert.Equal(standing.MetadataLocation, (await CurrentAsync())!.MetadataLocation);

        var replaced = await replacement.CommitAsync([new AppendFiles(files)], default);
        var current = (await CurrentAsync())!;
        Assert.Equal(replaced.MetadataLocation, current.MetadataLocation);
        Assert.Equal(["(5)", "(6)"], await Warehouse.LinesAsync(current.NewScan()));
        Assert.NotEqual(standing.Metadata.TableUuid, current.Metadata.TableUuid);
        Assert.Equal(1, current.Metadata.CurrentSchema.Fields[0].Id);
        Assert.Equal("ops", current.Metadata.Properties["owner"]);
        Assert.Equal(Path.GetDirectoryName(standing.Metadata.Location), Path.GetDirectoryName(current.Metadata.Location));
        Assert.Equal("(1)", Assert.Single(await Warehouse.LinesAsync(standing.NewScan() with { Columns = ["delay"] })));

        var again = await current.NewReplacement(Delays).CommitAsync([], default);
        Assert.Equal(current.Metadata.Location.Length, again.Metadata.Location.Length);
        Assert.Empty(await Warehouse.LinesAsync(again.NewScan()));
    }

    [Fact]
    public async Task Replacement_OfATableThatWasChangedMeanwhile_ConflictsAndLeavesNoMetadata()
    {
        var standing = await StandingAsync();
        var replacement = standing.NewReplacement(Delays);
        var files = await warehouse.WriteAsync(replacement.Staged, [[5]]);
        var changed = await warehouse.AppendAsync(standing, [1L, "LAX", 2]);
        await Assert.ThrowsAsync<CommitConflictException>(() => replacement.CommitAsync([new AppendFiles(files)], default));
        Assert.Equal(changed.MetadataLocation, (await CurrentAsync())!.MetadataLocation);
        Assert.Empty(Directory.GetFiles(Path.Combine(replacement.Staged.Metadata.Location, "metadata")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Replacement_WhoseOutcomeIsUnknown_IsLookedUp(bool tookPlace)
    {
        var standing = await StandingAsync();
        var catalog = new FaultyCatalog(warehouse.Catalog)
        {
            Swap = async (from, updated) =>
            {
                _ = tookPlace ? await warehouse.Catalog.TrySwapAsync(from, updated, default) : null;
                throw new CommitStateUnknownException(from.Name, new IOException("the connection was lost"));
            },
        };
        var replacement = catalog.Wrap(standing).NewReplacement(Delays);
        var files = await warehouse.WriteAsync(replacement.Staged, [[5]]);
        var commit = () => replacement.CommitAsync([new AppendFiles(files)], default);
        if (tookPlace)
        {
            Assert.Equal(["(5)"], await Warehouse.LinesAsync((await commit()).NewScan()));
        }
        else
        {
            await Assert.ThrowsAsync<CommitStateUnknownException>(commit);
            Assert.NotEmpty(Directory.GetFiles(Path.Combine(replacement.Staged.Metadata.Location, "metadata"), "*.avro"));
        }
    }

    private async Task<Table> StandingAsync() => await warehouse.AppendAsync(await warehouse.CreateAsync("ns.t", Warehouse.Flights), [0L, "JFK", 1]);

    private Task<Table?> CurrentAsync() => warehouse.Catalog.TryLoadTableAsync(TableIdentifier.TryParse("ns.t")!, default);
}
