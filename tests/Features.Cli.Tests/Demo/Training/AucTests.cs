using Features.Cli.Demo.Training;

namespace Features.Cli.Tests.Demo.Training;

public class AucTests
{
    [Fact]
    public void Of_AScoreThatIsNoNumber_IsNoNumber() => Assert.Equal(double.NaN, Auc.Of([true, false, true], [0.5f, float.NaN, 0.1f]));

    [Fact]
    public void Of_AnyScores_IsTheShareOfPairsOrderedRightly() =>
        Gen.Select(Gen.Bool, Gen.Int[0, 6]).Array[2, 60].Sample(rows =>
        {
            var labels = rows.Select(r => r.Item1).ToArray();
            var scores = rows.Select(r => (float)r.Item2).ToArray();
            double ordered = 0, pairs = 0;
            for (var i = 0; i < rows.Length; i++)
            {
                for (var j = 0; j < rows.Length; j++)
                {
                    if (labels[i] && !labels[j])
                    {
                        pairs++;
                        ordered += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
                    }
                }
            }

            var auc = Auc.Of(labels, scores);
            Assert.True(pairs == 0 ? double.IsNaN(auc) : Math.Abs(auc - (ordered / pairs)) < 1e-12);
        });
}
