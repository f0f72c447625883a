using BenchmarkDotNet.Attributes;

namespace Features.Benchmarks.PointInTime;

/// <summary>What each further view costs.</summary>
public class ManyViewsBenchmarks : LatestBenchmarks
{
    [Params(2, 4)]
    public int Views { get; set; }

    protected override int ViewCount => Views;
}
