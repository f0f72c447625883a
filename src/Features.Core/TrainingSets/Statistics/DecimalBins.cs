namespace Features.Core.TrainingSets.Statistics;

/// <summary>Widths that are powers of ten. Edges are the doubles nearest to them (exactly so from 1e-22 to 1e22), so that a value of 0.3 is in the bin from 0.3.</summary>
internal sealed class DecimalBins(bool whole) : BinLadder
{
    private const int Finest = -300;
    private static readonly double[] Powers = [.. Enumerable.Range(0, 309).Select(e => double.Parse($"1e{e}", System.Globalization.CultureInfo.InvariantCulture))];

    public override bool IsContinuous => !whole;

    public override int First => whole ? 0 : Finest;

    public override double Edge(long index, int level) => level < 0 ? index / Powers[-level] : index * Powers[level];

    public override long Ratio(int level) => 10;

    public override IEnumerable<long> RoundMultiples(int level)
    {
        for (var power = 1L; power < (long)MaxIndex; power *= 10)
        {
            yield return power;
            yield return power * 2;
            yield return power * 5;
        }
    }

    protected override double Widths(double value, int level) => level < 0 ? value * Powers[-level] : value / Powers[level];
}
