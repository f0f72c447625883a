using CsCheck;
using Features.Flight.Cache;
using Features.Flight.Layout;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Cache;

/// <summary>Random histories of one cache against a model that knows nothing of loads, locks and allocators.</summary>
public sealed class CacheModelTests
{
    private const int RowBytes = 12;
    private const long Budget = 1000 * RowBytes;
    private static readonly StorePlan[] Plans = [.. new[] { 200, 300, 400, 500, 700, 1200 }.Select((rows, i) => PartSource.Narrow($"set{i}", rows))];

    private enum Act
    {
        Open,
        OpenAgain,
        OpenFailing,
        OpenCancelled,
        Close,
        Hold,
        Renew,
        Release,
        Pin,
        Unpin,
        Wait,
        Evict,
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Cache_AnyHistory_KeepsWhatTheModelKeeps() =>
        Gen.Select(Gen.Enum<Act>(), Gen.Int[0, Plans.Length - 1], Gen.Int[1, 9]).List[1, 60].Sample(
            steps => RunAsync(steps).GetAwaiter().GetResult(), iter: 150, threads: 1);

    private static async Task RunAsync(List<(Act Act, int Set, int Number)> steps)
    {
        var (clock, allocator, source) = (new FakeTimeProvider(DateTimeOffset.UnixEpoch), new CountingAllocator(), new PartSource { PartRows = 130, BatchRows = 100 });
        var cache = new DatasetCache(source, new FlightOptions { MemoryBudgetBytes = Budget, LoadParallelism = 2 }, clock, allocator);
        var (uncounted, over) = (0L, 0L);
        allocator.Watch = bytes => (uncounted, over) = (Math.Max(uncounted, bytes - cache.UsedBytes), Math.Max(over, cache.UsedBytes - Budget));
        var model = new Model(clock);
        var leases = new List<(int Set, DatasetLease Lease)>();
        foreach (var (act, set, number) in steps)
        {
            var (plan, expires, id) = (Plans[set], clock.GetUtcNow().AddSeconds(number), $"lease{number % 4}");
            source.BeforeBatch = (_, _, _) => Task.CompletedTask;
            switch (act)
            {
                case Act.Open or Act.OpenAgain:
                    if (model.TryOpen(set))
                    {
                        leases.Add((set, await cache.OpenAsync(plan, Token)));
                    }
                    else
                    {
                        await Assert.ThrowsAsync<CacheFullException>(() => cache.OpenAsync(plan, Token));
                    }

                    break;
                case Act.OpenFailing when !model.Resident.Contains(set):
                    source.BeforeBatch = (_, row, _) => row >= 100 ? throw new IOException("the disk is gone") : Task.CompletedTask;
                    if (model.TryMakeRoom(set))
                    {
                        await Assert.ThrowsAsync<DatasetLoadException>(() => cache.OpenAsync(plan, Token));
                    }
                    else
                    {
                        await Assert.ThrowsAsync<CacheFullException>(() => cache.OpenAsync(plan, Token));
                    }

                    break;
                case Act.OpenCancelled when !model.Resident.Contains(set) && model.TryMakeRoom(set):
                    using (var cancel = new CancellationTokenSource())
                    {
                        var reached = new TaskCompletionSource();
                        source.BeforeBatch = (_, row, cancelled) =>
                        {
                            reached.TrySetResult();
                            return row >= 100 ? Task.Delay(Timeout.Infinite, cancelled) : Task.CompletedTask;
                        };
                        var opening = cache.OpenAsync(plan, cancel.Token);
                        await reached.Task;
                        await cancel.CancelAsync();
                        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
                        SpinWait.SpinUntil(() => cache.UsedBytes == model.Used, TimeSpan.FromMinutes(1));
                    }

                    break;
                case Act.Close when leases.Count > 0:
                    var (read, lease) = leases[number % leases.Count];
                    Assert.Equal(Plans[read].Dataset.Rows, lease.Store.Rows);
                    Assert.Equal(Cells.RowsOf(Tables.NarrowRows(0, (int)lease.Store.Rows)), Epochs.Rows(lease.Store));
                    lease.Dispose();
                    leases.RemoveAt(number % leases.Count);
                    model.Close(read);
                    break;
                case Act.Hold:
                    cache.Hold(id, plan, FlightTenant.Local, expires);
                    model.Leases[id] = (set, expires);
                    break;
                case Act.Renew:
                    Assert.Equal(model.IsLive(id), cache.Renew(id, expires));
                    model.Leases[id] = model.IsLive(id) ? (model.Leases[id].Set, expires) : default;
                    break;
                case Act.Release:
                    Assert.Equal(model.IsLive(id), cache.Release(id));
                    model.Leases.Remove(id);
                    break;
                case Act.Pin:
                    cache.Hold($"pin{set}", plan, FlightTenant.Local, DateTimeOffset.MaxValue);
                    model.Leases[$"pin{set}"] = (set, DateTimeOffset.MaxValue);
                    break;
                case Act.Unpin:
                    Assert.Equal(model.Leases.Remove($"pin{set}"), cache.Release($"pin{set}"));
                    break;
                case Act.Wait:
                    clock.Advance(TimeSpan.FromSeconds(number));
                    break;
                case Act.Evict:
                    Assert.Equal(model.Evict(set), cache.Evict($"set{set}"));
                    break;
            }

            Assert.Equal(model.Resident.Select(i => $"set{i}").Order(), cache.List().Select(cached => cached.Name).Order());
            Assert.Equal((model.Used, model.Used), (cache.UsedBytes, allocator.Bytes));
        }

        leases.ForEach(lease => lease.Lease.Dispose());
        cache.Dispose();
        Assert.Equal((0L, 0L, 0L, 0L), (cache.UsedBytes, allocator.Bytes, uncounted, over));
    }

    private sealed class Model(FakeTimeProvider clock)
    {
        private readonly Dictionary<int, int> readers = [];

        /// <summary>The least recently used first.</summary>
        public List<int> Resident { get; } = [];

        public Dictionary<string, (int Set, DateTimeOffset Expires)> Leases { get; } = [];

        public long Used => Resident.Sum(BytesOf);

        public bool IsLive(string id) => Leases.TryGetValue(id, out var lease) && lease.Expires > clock.GetUtcNow();

        public bool TryOpen(int set)
        {
            if (!Resident.Contains(set) && !TryMakeRoom(set))
            {
                return false;
            }

            Use(set);
            readers[set] = readers.GetValueOrDefault(set) + 1;
            return true;
        }

        public void Close(int set)
        {
            readers[set]--;
            Use(set);
        }

        public bool TryMakeRoom(int set)
        {
            if (Resident.Where(IsHeld).Sum(BytesOf) + BytesOf(set) > Budget)
            {
                return false;
            }

            while (Used + BytesOf(set) > Budget)
            {
                Resident.Remove(Resident.First(other => !IsHeld(other)));
            }

            return true;
        }

        public (int Evicted, int InUse) Evict(int set)
        {
            var (isThere, isHeld) = (Resident.Contains(set), IsHeld(set));
            if (isThere && !isHeld)
            {
                Resident.Remove(set);
            }

            return isThere ? (isHeld ? (0, 1) : (1, 0)) : (0, 0);
        }

        private static long BytesOf(int set) => Plans[set].Dataset.Rows * RowBytes;

        private bool IsHeld(int set) => readers.GetValueOrDefault(set) > 0 || Leases.Values.Any(lease => lease.Set == set && lease.Expires > clock.GetUtcNow());

        private void Use(int set)
        {
            Resident.Remove(set);
            Resident.Add(set);
        }
    }
}
