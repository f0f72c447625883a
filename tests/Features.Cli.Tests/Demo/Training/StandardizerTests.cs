using Features.Cli.Demo.Training;

namespace Features.Cli.Tests.Demo.Training;

public class StandardizerTests
{
    [Fact]
    public void Apply_ObservedValues_HaveMeanZeroAndDeviationOne() =>
        Gen.Float[-1000, 1000].Array[2, 50].Where(v => v.Max() - v.Min() > 1).Sample(values =>
        {
            var scaling = new Standardizer(1);
            foreach (var value in values)
            {
                scaling.Observe(0, value);
            }

            var column = values.ToArray();
            scaling.Apply(0, column);
            Assert.Equal(0, column.Average(), 1e-3);
            Assert.Equal(1, Math.Sqrt(column.Average(v => (double)v * v)), 1e-3);
        });

    [Fact]
    public void Apply_MissingOrConstant_BecomesTheMean()
    {
        var scaling = new Standardizer(1);
        scaling.Observe(0, 5);
        scaling.Observe(0, float.NaN);
        scaling.Observe(0, 5);
        float[] column = [float.NaN, 5, 9];
        scaling.Apply(0, column);
        Assert.Equal([0, 0, 0], column);
    }
}
