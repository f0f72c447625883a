using System.Diagnostics;
using System.Numerics.Tensors;
using Apache.Arrow;
using Features.Cli.Output;

namespace Features.Cli.Demo.Training;

/// <summary>
/// Learns a label from a served data set: splits by time, fits the scaling on the earlier part, learns over shuffled epochs, and is judged on the later part,
/// beside a baseline that sees the request's own features only.
/// </summary>
internal sealed class TrainingJob(ServedDataset dataset, TrainingOptions options)
{
    private readonly TrainingColumns columns = options.Columns;
    private readonly Standardizer scaling = new(options.Columns.Features.Count);
    private readonly LogisticModel model = new(options.Columns.Features.Count);
    private readonly LogisticModel baseline = new(options.Columns.Known.Count);
    private float[][] features = [];
    private float[] labels = [];
    private float[] rowWeights = [];
    private long split;

    /// <summary>Trains; <paramref name="predictions"/> receives <c>row,label,score</c> of the later part.</summary>
    public async Task<TrainingResult> RunAsync(TextWriter predictions, Action<string> report, CancellationToken cancellationToken)
    {
        split = await SplitTimeAsync(cancellationToken);
        await SurveyAsync(cancellationToken);
        var rowsBefore = dataset.RowsRead;
        var waitedBefore = dataset.Waited;
        var clock = Stopwatch.StartNew();
        double loss = double.NaN;
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            (loss, var baselineLoss) = await LearnEpochAsync(epoch, cancellationToken);
            report($"epoch {epoch + 1}/{options.Epochs}  log loss {loss:F4}  (baseline {baselineLoss:F4})");
        }

        clock.Stop();
        var rowsPerSecond = (dataset.RowsRead - rowsBefore) / clock.Elapsed.TotalSeconds;
        var waitShare = (dataset.Waited - waitedBefore) / clock.Elapsed;
        var (auc, baselineAuc, testRows) = await JudgeAsync(predictions, cancellationToken);
        if (double.IsNaN(auc) || double.IsNaN(baselineAuc))
        {
            throw new CliException("not-trainable", "the model's scores are no numbers; a feature holds infinities: look at the set's columns, and leave such a one out of the service");
        }

        return new TrainingResult(options.Epochs, rowsPerSecond, waitShare, auc, baselineAuc, loss, testRows, DateTime.UnixEpoch.AddMicroseconds(split));
    }

    private async Task<long> SplitTimeAsync(CancellationToken cancellationToken)
    {
        var times = new List<long>();
        await foreach (var batch in dataset.ReadAsync([columns.Time], options.BatchSize, 0, null, cancellationToken))
        {
            using (batch)
            {
                times.AddRange(TrainingColumns.Longs(batch, columns.Time));
            }
        }

        if (times.Count == 0)
        {
            throw new CliException("not-trainable", "the served data set has no rows; ingest what its spine reads, and make the set again");
        }

        times.Sort();
        var later = times[(int)(times.Count * options.TrainShare)];
        return later > times[0]
            ? later
            : throw new CliException("not-trainable", $"no row of the served data set is of an earlier time than the part that is judged on ({Text(later)}); make the set over a longer time");
    }

    /// <summary>Fits the scaling on the earlier part, and sees that the later one can be judged: a score orders pairs of both labels.</summary>
    private async Task SurveyAsync(CancellationToken cancellationToken)
    {
        long positives = 0, negatives = 0;
        await foreach (var batch in dataset.ReadAsync([columns.Time, columns.Label, .. columns.Features], options.BatchSize, 0, null, cancellationToken))
        {
            using (batch)
            {
                Load(batch, scale: false);
                TrainingColumns.Read(batch, columns.Label, labels);
                for (var row = 0; row < batch.Length; row++)
                {
                    positives += rowWeights[row] == 0 && labels[row] > 0 ? 1 : 0;
                    negatives += rowWeights[row] == 0 && labels[row] <= 0 ? 1 : 0;
                }

                for (var i = 0; i < features.Length; i++)
                {
                    for (var row = 0; row < batch.Length; row++)
                    {
                        if (rowWeights[row] != 0)
                        {
                            scaling.Observe(i, features[i][row]);
                        }
                    }
                }
            }
        }

        if (positives == 0 || negatives == 0)
        {
            throw new CliException(
                "not-trainable", $"the label '{columns.Label}' is true in {positives} and false in {negatives} of the rows from {Text(split)} on, and they can be judged only with both; make the set over more data");
        }
    }

    private async Task<(double Loss, double BaselineLoss)> LearnEpochAsync(int epoch, CancellationToken cancellationToken)
    {
        var rate = options.LearningRate / (1 + epoch);
        double loss = 0, baselineLoss = 0, rows = 0;
        await foreach (var batch in dataset.ReadAsync([columns.Time, columns.Label, .. columns.Features], options.BatchSize, options.Seed, epoch, cancellationToken))
        {
            using (batch)
            {
                Load(batch, scale: true);
                TrainingColumns.Read(batch, columns.Label, labels);
                loss += model.Learn(features, labels.AsSpan(0, batch.Length), rowWeights.AsSpan(0, batch.Length), rate);
                baselineLoss += baseline.Learn(features, labels.AsSpan(0, batch.Length), rowWeights.AsSpan(0, batch.Length), rate);
                rows += TensorPrimitives.Sum<float>(rowWeights.AsSpan(0, batch.Length));
            }
        }

        return (loss / rows, baselineLoss / rows);
    }

    private async Task<(double Auc, double BaselineAuc, int Rows)> JudgeAsync(TextWriter predictions, CancellationToken cancellationToken)
    {
        var truth = new List<bool>();
        var scores = new List<float>();
        var baselineScores = new List<float>();
        var (p, q) = (new float[options.BatchSize], new float[options.BatchSize]);
        await predictions.WriteAsync("row,label,score\n");
        await foreach (var batch in dataset.ReadAsync([columns.Row, columns.Time, columns.Label, .. columns.Features], options.BatchSize, 0, null, cancellationToken))
        {
            using (batch)
            {
                Load(batch, scale: true);
                TrainingColumns.Read(batch, columns.Label, labels);
                Grow(ref p, batch.Length);
                Grow(ref q, batch.Length);
                model.Predict(features, p.AsSpan(0, batch.Length));
                baseline.Predict(features, q.AsSpan(0, batch.Length));
                var rows = TrainingColumns.Longs(batch, columns.Row).ToArray();
                for (var i = 0; i < batch.Length; i++)
                {
                    if (rowWeights[i] == 0 && !float.IsNaN(labels[i]))
                    {
                        truth.Add(labels[i] > 0);
                        scores.Add(p[i]);
                        baselineScores.Add(q[i]);
                        await predictions.WriteAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{rows[i]},{(labels[i] > 0 ? 1 : 0)},{p[i]:R}\n"));
                    }
                }
            }
        }

        var labelSpan = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(truth);
        return (
            Auc.Of(labelSpan, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(scores)),
            Auc.Of(labelSpan, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(baselineScores)),
            truth.Count);
    }

    // Row weights: 1 before the split, 0 from it on.
    private void Load(RecordBatch batch, bool scale)
    {
        if (features.Length == 0)
        {
            features = [.. columns.Features.Select(_ => System.Array.Empty<float>())];
        }

        Grow(ref labels, batch.Length);
        Grow(ref rowWeights, batch.Length);
        for (var i = 0; i < features.Length; i++)
        {
            Grow(ref features[i], batch.Length);
            TrainingColumns.Read(batch, columns.Features[i], features[i]);
            if (scale)
            {
                scaling.Apply(i, features[i].AsSpan(0, batch.Length));
            }
        }

        var times = TrainingColumns.Longs(batch, columns.Time);
        for (var row = 0; row < batch.Length; row++)
        {
            rowWeights[row] = times[row] < split ? 1 : 0;
        }
    }

    private static string Text(long micros) => DateTime.UnixEpoch.AddMicroseconds(micros).ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);

    private static void Grow(ref float[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = new float[length];
        }
    }
}
