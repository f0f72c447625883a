namespace Features.Benchmarks.PointInTime;

/// <summary>A source that does not fit: 50 million rows, joined in parts within 1 GiB beside the engine's 512 MiB.</summary>
public class LargeSourceBenchmarks : LatestBenchmarks
{
    protected override int ViewCount => 1;

    protected override int SourceFactor => 5;

    protected override long MemoryMb => 1024;
}
