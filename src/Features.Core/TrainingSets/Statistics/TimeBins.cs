namespace Features.Core.TrainingSets.Statistics;

/// <summary>Widths that are round spans of time, in microseconds.</summary>
/// <param name="grain">What all times are multiples of; no bin is narrower.</param>
internal sealed class TimeBins(double grain) : BinLadder
{
    private const long Second = 1_000_000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    private static readonly long[] Spans =
    [
        1, 10, 100, 1_000, 10_000, 100_000, Second, 10 * Second, Minute, 10 * Minute, Hour, Day, 10 * Day, 100 * Day, 1_000 * Day, 10_000 * Day, 100_000 * Day, 1_000_000 * Day, 10_000_000 * Day,
    ];

    private static readonly long[] Rounds =
    [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
        Second, 2 * Second, 5 * Second, 10 * Second, 15 * Second, 30 * Second, Minute, 2 * Minute, 5 * Minute, 10 * Minute, 15 * Minute, 30 * Minute,
        Hour, 2 * Hour, 3 * Hour, 6 * Hour, 12 * Hour, .. Enumerable.Range(0, 8).SelectMany(e => new long[] { 1, 2, 5 }.Select(m => m * (long)Math.Pow(10, e) * Day)),
    ];

    public override bool IsContinuous => false;

    public override int First => System.Array.FindIndex(Spans, s => s >= grain);

    public override double Edge(long index, int level) => index * (double)Spans[level];

    public override long Ratio(int level) => Spans[level + 1] / Spans[level];

    public override IEnumerable<long> RoundMultiples(int level) => Rounds.Where(r => r % Spans[level] == 0).Select(r => r / Spans[level]);

    protected override double Widths(double value, int level) => value / Spans[level];
}
