using BenchmarkDotNet.Attributes;
using Features.Ordering;

namespace Features.Benchmarks.Ordering;

/// <summary>What it costs to know which sample stands at a position: per sample, for one batch somewhere in an epoch.</summary>
public class EpochOrderBenchmarks
{
    private const int Batch = 16_384;

    private readonly long[] samples = new long[Batch];
    private EpochOrder order = null!;

    /// <summary>Samples in the epoch: a power of two walks no cycle, one past it walks the longest.</summary>
    [Params(1L << 20, (1L << 20) + 1, 1_000_000_000L)]
    public long Rows { get; set; }

    [GlobalSetup]
    public void Setup() => order = new Order("content", Rows, OrderMode.Global, Seed: 7).InEpoch(3);

    [Benchmark(OperationsPerInvoke = Batch)]
    public long Shuffled()
    {
        order.Fill(Rows / 3, samples);
        return samples[^1];
    }
}
