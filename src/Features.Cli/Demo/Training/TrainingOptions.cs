namespace Features.Cli.Demo.Training;

/// <summary>How to train.</summary>
/// <param name="Columns">What each column is for.</param>
internal sealed record TrainingOptions(TrainingColumns Columns)
{
    /// <summary>Passes over the data in shuffled order.</summary>
    public int Epochs { get; init; } = 4;

    /// <summary>Rows a step.</summary>
    public int BatchSize { get; init; } = 4096;

    /// <summary>The seed of the order.</summary>
    public long Seed { get; init; } = 7;

    /// <summary>The share of rows, by time, that is learnt from; the rest is judged on.</summary>
    public double TrainShare { get; init; } = 0.8;

    /// <summary>Adam's rate in the first epoch; epoch e uses rate / (1 + e).</summary>
    public float LearningRate { get; init; } = 0.02f;
}

/// <summary>How a training went. <paramref name="RowsPerSecond"/> and <paramref name="WaitShare"/> are of the shuffled epochs.</summary>
internal sealed record TrainingResult(int Epochs, double RowsPerSecond, double WaitShare, double Auc, double BaselineAuc, double Loss, int TestRows, DateTime SplitTime);
