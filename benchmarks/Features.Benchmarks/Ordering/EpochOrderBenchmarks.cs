using BenchmarkDotNet.Attributes;
using Features.Ordering;

namespace Features.Benchmarks.Ordering;

/// <summary>What it costs to know which sample stands at a position: per sample, for one batch somewhere in an epoch.</summary>
public class EpochOrderBenchmarks
{
    private const int Batch = 4096;

    private readonly long[] samples = new long[Batch];
    private EpochOrder shuffled = null!;
    private EpochOrder grouped = null!;
    private Permutation permutation = null!;

    /// <summary>Samples in the epoch: a power of two walks no cycle, one past it walks the longest.</summary>
    [Params(1L << 20, (1L << 20) + 1, 10_000_000L, 1_000_000_000L)]
    public long Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var order = new Order("content", Rows, OrderMode.Global, Seed: 7);
        shuffled = order.InEpoch(3);
        grouped = (order with { Mode = OrderMode.Grouped, Grouping = new Grouping(Block: 512, GroupBlocks: 64, Lanes: 8) }).InEpoch(3);
        permutation = new Permutation(Rows, 7, 3);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public long Shuffled()
    {
        shuffled.Fill(Rows / 3, samples);
        return samples[^1];
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public long Grouped()
    {
        grouped.Fill(Rows / 3, samples);
        return samples[^1];
    }

    /// <summary>The same samples as <see cref="Shuffled"/>, each position by itself: what vectors save.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Batch)]
    public long OneByOne()
    {
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = permutation[(Rows / 3) + i];
        }

        return samples[^1];
    }
}
