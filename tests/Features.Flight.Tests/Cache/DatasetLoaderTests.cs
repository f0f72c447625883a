using CsCheck;
using Features.Flight.Cache;
using Features.Flight.Protocol;

namespace Features.Flight.Tests.Cache;

public class DatasetLoaderTests
{
    private readonly CountingAllocator allocator = new();
    private readonly PartSource source = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Load_AnyPartsAndBatches_GivesTheRowsInOrder() =>
        Gen.Select(Gen.Long[0, 3000], Gen.Long[1, 900], Gen.Int[1, 700], Gen.Int[1, 4]).Sample(
            (rows, partRows, batchRows, parallelism) =>
            {
                var parted = new PartSource { PartRows = partRows, BatchRows = batchRows };
                var loaded = 0L;
                var plan = PartSource.Wide("a", rows);
                using var store = new DatasetLoader(parted, parallelism).LoadAsync(plan, allocator, count => Interlocked.Add(ref loaded, count), Token).GetAwaiter().GetResult();
                return loaded == rows && store.Rows == rows && (rows == 0 || Epochs.Rows(store).SequenceEqual(Cells.RowsOf(Tables.Rows(0, (int)rows))));
            },
            iter: 30,
            threads: 1);

    [Fact]
    public async Task Load_PartsThatWaitForEachOther_AreReadAtTheSameTimeAndEachComesToItsPlace()
    {
        source.PartRows = 100;
        var last = new TaskCompletionSource();
        source.BeforeBatch = async (_, row, cancelled) =>
        {
            if (row == 200)
            {
                last.SetResult();
            }

            await last.Task.WaitAsync(cancelled);
        };

        using var store = await new DatasetLoader(source, 3).LoadAsync(PartSource.Narrow("a", 1000), allocator, _ => { }, Token);

        Assert.Equal(Cells.RowsOf(Tables.NarrowRows(0, 1000)), Epochs.Rows(store));
        Assert.InRange(source.MostReading, 2, 3);
    }

    [Fact]
    public async Task Load_APartThatFails_EndsTheOthersAndKeepsNothing()
    {
        source.PartRows = 70_000;
        source.BeforeBatch = async (_, row, cancelled) => await (row switch
        {
            139_000 => throw new IOException("the disk is gone"),
            210_000 => Task.Delay(Timeout.Infinite, cancelled),
            _ => Task.CompletedTask,
        });

        var error = await Assert.ThrowsAsync<IOException>(() => new DatasetLoader(source, 4).LoadAsync(PartSource.Narrow("a", 400_000), allocator, _ => { }, Token));

        Assert.Equal("the disk is gone", error.Message);
        Assert.Equal(0, allocator.Bytes);
        Assert.True(allocator.Peak > 0);
    }

    [Fact]
    public async Task Load_PartsThatPromiseAnotherSumThanThePlan_AreNotRead()
    {
        var plan = PartSource.Narrow("a", 1000);
        var lying = new LyingSource(source, plan.Dataset with { Rows = 999 });

        var error = await Assert.ThrowsAsync<InvalidDataException>(() => new DatasetLoader(lying, 2).LoadAsync(plan, allocator, _ => { }, Token));

        Assert.Contains("have 999 rows where its plan has 1000", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0L), (source.Reads, allocator.Bytes));
    }

    [Fact]
    public void Estimate_OfAnyData_IsNotMoreThanItTakes() =>
        Gen.Select(Gen.Int[0, 5000], Gen.Bool).Sample(
            (rows, isWide) =>
            {
                var plan = isWide ? PartSource.Wide("a", rows) : PartSource.Narrow("a", rows);
                var counting = new CountingAllocator();
                using var store = new DatasetLoader(source, 1).LoadAsync(plan, counting, _ => { }, Token).GetAwaiter().GetResult();
                var estimate = LoadEstimate.Of(plan);
                return isWide ? estimate <= counting.Bytes && estimate >= counting.Bytes / 3 : estimate == counting.Bytes;
            },
            iter: 20,
            threads: 1);

    private sealed class LyingSource(PartSource source, DatasetPlan other) : IDatasetSource
    {
        public IAsyncEnumerable<DatasetPlan> ListAsync(CancellationToken cancellationToken) => source.ListAsync(cancellationToken);

        public ValueTask<DatasetPlan?> FindAsync(DatasetSelection selection, string? outcome, CancellationToken cancellationToken) => source.FindAsync(selection, outcome, cancellationToken);

        public Task<IReadOnlyList<IDatasetPart>> PartsAsync(DatasetPlan plan, CancellationToken cancellationToken) => source.PartsAsync(other, cancellationToken);
    }
}
