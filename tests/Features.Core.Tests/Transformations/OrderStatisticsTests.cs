using Features.Core.Transformations;

namespace Features.Core.Tests.Transformations;

public class OrderStatisticsTests
{
    [Fact]
    public void Ranks_OfAnyValues_AreThoseOfTheSortedList() =>
        Gen.Select(Gen.OneOf(Gen.Long, Gen.Long[-5, 5], Gen.Long[1L << 40, (1L << 40) + 300]).Array[1, 300], Gen.Int[1, 40], Gen.Double[0, 1].Array[1, 8]).Sample((values, bound, shares) =>
        {
            var wanted = shares.Select(s => (long)(s * (values.Length - 1))).ToList();
            var order = new OrderStatistics(_ => wanted, bound);
            var passes = 0;
            do
            {
                foreach (var value in values)
                {
                    order.Add(value);
                }

                Assert.True(++passes <= 8);
            }
            while (!order.EndPass());

            var sorted = values.Order().ToList();
            Assert.Equal(values.Length, order.Count);
            Assert.All(wanted, rank => Assert.Equal(sorted[(int)rank], order.Found[rank]));
        });

    [Fact]
    public void Quantiles_OfNumbers_AreInterpolatedBetweenNeighbours()
    {
        var quantiles = new Quantiles([0, 0.25, 0.5, 0.9, 1]);
        foreach (var value in new[] { 4.0, 1, double.NaN, 2, 3, double.PositiveInfinity })
        {
            quantiles.Add(value);
        }

        Assert.True(quantiles.EndPass());
        Assert.Equal([1, 1.75, 2.5, 3.7, 4], quantiles.Values.Select(v => Math.Round(v, 12)));
        var none = new Quantiles([0.5]);
        Assert.True(none.EndPass());
        Assert.Empty(none.Values);
    }
}
