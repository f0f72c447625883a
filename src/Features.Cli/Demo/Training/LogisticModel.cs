using System.Numerics.Tensors;

namespace Features.Cli.Demo.Training;

/// <summary>Logistic regression learnt in minibatches with Adam (Kingma and Ba, 2015), over features held by column.</summary>
/// <param name="features">How many features; the model looks at the first so many of each batch's columns.</param>
internal sealed class LogisticModel(int features)
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;
    private const float Epsilon = 1e-8f;
    private readonly float[] weights = new float[features + 1];
    private readonly float[] momentum = new float[features + 1];
    private readonly float[] variance = new float[features + 1];
    private readonly float[] gradient = new float[features + 1];
    private int step;

    /// <summary>Probabilities of the rows of a batch; <paramref name="columns"/> is [feature][row].</summary>
    public void Predict(IReadOnlyList<float[]> columns, Span<float> probabilities)
    {
        probabilities.Fill(weights[features]);
        for (var i = 0; i < features; i++)
        {
            TensorPrimitives.MultiplyAdd(columns[i].AsSpan(0, probabilities.Length), weights[i], probabilities, probabilities);
        }

        TensorPrimitives.Sigmoid<float>(probabilities, probabilities);
    }

    /// <summary>One step on the rows whose weight is 1 (others have 0). Returns their summed log loss.</summary>
    public double Learn(IReadOnlyList<float[]> columns, ReadOnlySpan<float> labels, ReadOnlySpan<float> rowWeights, float rate)
    {
        var rows = TensorPrimitives.Sum(rowWeights);
        if (rows == 0)
        {
            return 0;
        }

        var errors = new float[labels.Length];
        Predict(columns, errors);
        var loss = LogLoss(errors, labels, rowWeights);
        TensorPrimitives.Subtract<float>(errors, labels, errors);
        TensorPrimitives.Multiply<float>(errors, rowWeights, errors);
        for (var i = 0; i < features; i++)
        {
            gradient[i] = TensorPrimitives.Dot<float>(columns[i].AsSpan(0, errors.Length), errors) / rows;
        }

        gradient[features] = TensorPrimitives.Sum<float>(errors) / rows;
        Descend(rate);
        return loss;
    }

    private static double LogLoss(ReadOnlySpan<float> probabilities, ReadOnlySpan<float> labels, ReadOnlySpan<float> rowWeights)
    {
        double loss = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            if (rowWeights[i] != 0)
            {
                loss -= Math.Log(Math.Clamp(labels[i] > 0 ? probabilities[i] : 1 - probabilities[i], 1e-7, 1));
            }
        }

        return loss;
    }

    private void Descend(float rate)
    {
        step++;
        var correct1 = 1 - MathF.Pow(Beta1, step);
        var correct2 = 1 - MathF.Pow(Beta2, step);
        for (var i = 0; i < weights.Length; i++)
        {
            momentum[i] = (Beta1 * momentum[i]) + ((1 - Beta1) * gradient[i]);
            variance[i] = (Beta2 * variance[i]) + ((1 - Beta2) * gradient[i] * gradient[i]);
            weights[i] -= rate * (momentum[i] / correct1) / (MathF.Sqrt(variance[i] / correct2) + Epsilon);
        }
    }
}
