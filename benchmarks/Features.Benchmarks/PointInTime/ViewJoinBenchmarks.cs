using BenchmarkDotNet.Attributes;
using Features.Core.Definitions;
using Features.Core.PointInTime;
using Features.Core.PointInTime.Columns;
using Features.Core.PointInTime.Kernel;

namespace Features.Benchmarks.PointInTime;

/// <summary>Windowed aggregates at every row of a spine, by both clocks: the kernel alone, without reading the source.</summary>
[MemoryDiagnoser]
public class ViewJoinBenchmarks
{
    private const long Minute = 60_000_000;
    private const long Hour = 60 * Minute;
    private const int Delay = 0;

    private readonly ViewPlan plan = new(
        [
            new("delay_avg_3h", Delay, Aggregate.Avg, 3 * Hour, IsFloat: false),
            new("delay_max_1d", Delay, Aggregate.Max, 24 * Hour, IsFloat: false),
            new("departures_1h", -1, Aggregate.Count, Hour, IsFloat: false),
            new("delay_latest", Delay, null, 0, IsFloat: false),
        ],
        TtlMicros: null,
        Inclusive: false);

    private SourceRows source = null!;
    private long[] moments = null!;
    private int[] keys = null!;

    /// <summary>Rows of the spine, and of the source.</summary>
    [Params(100_000, 1_000_000)]
    public int Rows { get; set; }

    /// <summary>Entities; the flights of the demo have 223 airports.</summary>
    [Params(223)]
    public int Entities { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(7);
        source = new SourceRows(hasAvailable: true, [(Apache.Arrow.Types.Int64Type.Default, true)]) { Ordered = 0 };
        var (known, taken) = (source.Available!, ((FixedStore<long>)source.Values[Delay]!).Column);
        (moments, keys) = (new long[Rows], new int[Rows]);
        for (var row = 0; row < Rows; row++)
        {
            keys[row] = random.Next(Entities);
            moments[row] = random.NextInt64(36 * 24 * Hour);
            source.Keys.Add(keys[row]);
            source.Events.Add(moments[row]);
            known.Add(moments[row] + (random.Next(30, 400) * Minute));
            source.Cells[Delay]!.Add(random.Next(-30, 180));
            taken.Add(random.Next(-30, 180));
        }
    }

    [Benchmark]
    public int Join()
    {
        // The join reorders the spine, so that each run gets a fresh one.
        var spine = new KeyGroups(Entities, keys);
        return ViewJoin.Join(source, plan, spine, moments, hasMoment: null, new TiedMoments(), CancellationToken.None)!.Count;
    }
}
