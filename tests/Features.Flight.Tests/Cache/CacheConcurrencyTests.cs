using Features.Flight.Cache;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Cache;

public sealed class CacheConcurrencyTests : IDisposable
{
    private const long Budget = 60_000;
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"features-spill-{Guid.NewGuid():N}");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public async Task Cache_ManyJobsAtOnce_KeepsItsBudgetServesTheRightRowsAndEndsEmpty(int seed, bool hasSpill)
    {
        var (clock, allocator, source) = (new FakeTimeProvider(DateTimeOffset.UnixEpoch), new CountingAllocator(), new PartSource { PartRows = 300, BatchRows = 100 });
        var over = 0L;
        allocator.Watch = bytes => InterlockedMax(ref over, bytes - Budget);
        source.BeforeBatch = async (_, row, cancelled) =>
        {
            await Task.Yield();
            cancelled.ThrowIfCancellationRequested();
            if (row == 400 && Random(seed, (int)clock.GetUtcNow().ToUnixTimeSeconds()).Next(10) == 0)
            {
                throw new IOException("the disk is gone");
            }
        };
        var cache = new DatasetCache(
            source, new FlightOptions { MemoryBudgetBytes = Budget, SpillFolder = hasSpill ? folder : null, SpillBudgetBytes = 1 << 20, LoadParallelism = 2 }, clock, allocator);

        var served = await Task.WhenAll(Enumerable.Range(0, 8).Select(job => Task.Run(() => WorkAsync(cache, clock, Random(seed, 1000 + job)), Token)));
        cache.Dispose();
        SpinWait.SpinUntil(() => cache.UsedBytes + cache.SpilledBytes == 0, TimeSpan.FromMinutes(1));

        Assert.Equal((0L, 0L, 0L), (cache.UsedBytes, cache.SpilledBytes, allocator.Bytes));
        Assert.True(over <= 0, $"{over} bytes over the budget");
        Assert.True(served.Sum() > 100, $"only {served.Sum()} reads were served");
    }

    public void Dispose()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> WorkAsync(DatasetCache cache, FakeTimeProvider clock, Random random)
    {
        var served = 0;
        for (var step = 0; step < 60; step++)
        {
            var rows = 200 * (1 + random.Next(8));
            var plan = PartSource.Narrow($"set{rows}", rows);
            var tenant = new FlightTenant($"tenant{random.Next(3)}", random.Next(2) == 0 ? 40_000 : null);
            using var cancel = new CancellationTokenSource();
            switch (random.Next(8))
            {
                case 0:
                    cache.Hold($"lease{random.Next(4)}", plan, tenant, clock.GetUtcNow().AddSeconds(random.Next(1, 9)));
                    continue;
                case 1:
                    clock.Advance(TimeSpan.FromSeconds(1));
                    continue;
                case 2:
                    cache.Evict($"set{rows}");
                    continue;
                case 3:
                    _ = Task.Run(cancel.Cancel, Token);
                    break;
            }

            try
            {
                using var lease = await cache.OpenAsync(plan, tenant, cancel.Token);
                await Task.Yield();
                Assert.Equal(Cells.RowsOf(Tables.NarrowRows(0, rows)), Epochs.Rows(lease.Store));
                served++;
            }
            catch (Exception fault) when (fault is CacheFullException or OperationCanceledException or DatasetLoadException { InnerException: IOException })
            {
                // Each of them may be, by what the others hold.
            }
        }

        return served;
    }

    private static Random Random(int seed, int salt) => new((seed * 7919) + salt);

    private static void InterlockedMax(ref long target, long value)
    {
        for (var current = Interlocked.Read(ref target); value > current;)
        {
            current = Interlocked.CompareExchange(ref target, value, current) is var seen && seen == current ? value : seen;
        }
    }
}
