using Apache.Arrow;
using Apache.Arrow.Types;
using BenchmarkDotNet.Attributes;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Online;
using Features.Core.Registry;

namespace Features.Benchmarks.Online;

/// <summary>One request of 50 features over 5 views (8 latest values, 2 windows each), 20,000 keys a view, on SQLite; without a network.</summary>
[MemoryDiagnoser]
public class OnlineFeaturesBenchmarks
{
    private const int Keys = 20_000, Views = 5;
    private readonly string folder = Directory.CreateTempSubdirectory("features-bench-").FullName;
    private SqliteOnlineStore store = null!;
    private OnlineFeatures features = null!;
    private OnlineRequest[] requests = [];
    private int next;

    [Params(1, 100)]
    public int Batch { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        store = new SqliteOnlineStore(Path.Combine(folder, "online.db"));
        var entity = new Entity("e", new EntityKey("id", "long"));
        var views = Enumerable.Range(0, Views).Select(v => new FeatureView($"v{v}", entity)
        {
            Source = "t.rows",
            Clocks = new Clocks("at"),
            Features =
            [
                .. Enumerable.Range(0, 8).Select(f => new Feature($"f{v}_{f}", $"c{f}")),
                new Feature($"f{v}_sum", "c0", Aggregate.Sum, TimeSpan.FromHours(1)), new Feature($"f{v}_count", "*", Aggregate.Count, TimeSpan.FromDays(1)),
            ],
        }).ToList();
        var online = new OnlineViews(store, TimeProvider.System);
        var now = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
        foreach (var view in views)
        {
            var rows = Rows(now);
            var plan = new OnlineViewPlan(view, entity, rows.Schema, "h");
            await online.BeginAsync(plan, [], isFull: true, default);
            await online.AddAsync(plan, [rows], 0, default);
            await online.PublishAsync(plan, now, default);
        }

        features = new OnlineFeatures(new OnlinePorts
        {
            Registry = new Fixed(new DefinitionSet([entity, .. views])), Store = store, Engine = null!, Policy = new LocalPolicy(), Audit = new SqliteAuditLog(Path.Combine(folder, "audit.db"), TimeProvider.System), Clock = TimeProvider.System,
        });
        var random = new Random(1);
        string[] references = [.. views.Select(v => $"{v.Name}:*")];
        requests = [.. Enumerable.Range(0, 512).Select(_ => new OnlineRequest
        {
            Features = references,
            Entities = new Dictionary<string, IReadOnlyList<FeatureValue>> { ["id"] = [.. Enumerable.Range(0, Batch).Select(_ => FeatureValue.Of((long)random.Next(Keys)))] },
        })];
    }

    [Benchmark]
    public ValueTask<OnlineAnswer> Get() => features.GetAsync(requests[next++ & 511], Reader.Local("online"), default);

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await features.DisposeAsync();
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Three rows a key: ten minutes, an hour and a half, and a day old.</summary>
    private static RecordBatch Rows(long now)
    {
        var (ids, times) = (new Int64Array.Builder(), new ArrowBuffer.Builder<long>());
        var values = Enumerable.Range(0, 8).Select(_ => new DoubleArray.Builder()).ToList();
        foreach (var minutes in new[] { 1500, 90, 10 })
        {
            for (var key = 0; key < Keys; key++)
            {
                ids.Append(key);
                times.Append(now - minutes * 60_000_000L);
                for (var v = 0; v < values.Count; v++)
                {
                    values[v].Append(key * 0.1 + v);
                }
            }
        }

        var micros = new TimestampType(TimeUnit.Microsecond, (string?)null);
        Field[] fields = [new("id", Int64Type.Default, false), new("_event", micros, false), .. values.Select((_, i) => new Field($"_value{i}", DoubleType.Default, true))];
        return new RecordBatch(new Schema(fields, null), [ids.Build(), new TimestampArray(micros, times.Build(), ArrowBuffer.Empty, Keys * 3, 0, 0), .. values.Select(v => v.Build())], Keys * 3);
    }

    private sealed class Fixed(DefinitionSet set) : IRegistry
    {
        public Task<RegistryPlan> PlanAsync(RegistryRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<RegistryPlan> ApplyAsync(RegistryRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<DefinitionSet> LoadAsync(CancellationToken cancellationToken) => Task.FromResult(set);

        public Task<IReadOnlyList<DefinitionVersion>> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<DefinitionVersion>> HistoryAsync(string kind, string name, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
