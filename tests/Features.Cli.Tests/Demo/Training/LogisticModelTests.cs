using Features.Cli.Demo.Training;

namespace Features.Cli.Tests.Demo.Training;

public class LogisticModelTests
{
    private static readonly float[] Feature = [-2, -1, -0.5f, 0.5f, 1, 2];
    private static readonly float[] Noise = [1, -1, 1, -1, 1, -1];
    private static readonly float[] Labels = [0, 0, 0, 1, 1, 1];

    [Fact]
    public void Learn_SeparableRows_OrdersThemAndLowersTheLoss()
    {
        var model = new LogisticModel(2);
        var first = model.Learn([Feature, Noise], Labels, [1, 1, 1, 1, 1, 1], 0.1f);
        var last = first;
        for (var step = 0; step < 200; step++)
        {
            last = model.Learn([Feature, Noise], Labels, [1, 1, 1, 1, 1, 1], 0.1f);
        }

        var scores = new float[6];
        model.Predict([Feature, Noise], scores);
        Assert.True(last < first / 4);
        Assert.Equal(1, Auc.Of([false, false, false, true, true, true], scores));
    }

    [Fact]
    public void Learn_RowsOfWeightZero_TeachNothing()
    {
        var (with, without) = (new LogisticModel(1), new LogisticModel(1));
        for (var step = 0; step < 20; step++)
        {
            with.Learn([[-1, 1, 100]], [0, 1, 0], [1, 1, 0], 0.1f);
            without.Learn([[-1, 1]], [0, 1], [1, 1], 0.1f);
        }

        var (a, b) = (new float[1], new float[1]);
        with.Predict([[0.7f]], a);
        without.Predict([[0.7f]], b);
        Assert.Equal(b[0], a[0], 1e-6f);
    }
}
