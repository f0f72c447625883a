namespace Features.Cli.Demo.Training;

/// <summary>The area under the ROC curve: the share of (positive, negative) pairs that a score orders rightly; ties count half (Mann and Whitney, 1947).</summary>
internal static class Auc
{
    /// <summary>NaN if either class is missing, or a score is NaN.</summary>
    public static double Of(ReadOnlySpan<bool> labels, ReadOnlySpan<float> scores)
    {
        if (scores.Contains(float.NaN))
        {
            return double.NaN;
        }

        var order = new int[labels.Length];
        var keys = scores.ToArray();
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(keys, order);
        double rankSum = 0;
        long positives = 0;
        for (var start = 0; start < keys.Length;)
        {
            var end = start;
            while (end < keys.Length && keys[end] == keys[start])
            {
                end++;
            }

            var meanRank = (start + 1 + end) / 2.0;
            for (var i = start; i < end; i++)
            {
                if (labels[order[i]])
                {
                    rankSum += meanRank;
                    positives++;
                }
            }

            start = end;
        }

        var negatives = keys.Length - positives;
        return positives == 0 || negatives == 0 ? double.NaN : (rankSum - (positives * (positives + 1) / 2.0)) / ((double)positives * negatives);
    }
}
