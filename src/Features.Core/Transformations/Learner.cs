using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.PointInTime;

namespace Features.Core.Transformations;

/// <summary>Learns one transformation from a column, in one pass or several over the same rows.</summary>
internal abstract class Learner
{
    /// <summary>Adds rows; those that are not marked are not looked at.</summary>
    public abstract void Add(IArrowArray column, ReadOnlySpan<bool> isLearned);

    /// <summary>Ends a pass; null if another one is needed.</summary>
    public abstract FittedTransformation? EndPass();

    /// <summary>A learner, or what needs none.</summary>
    public static (Learner? Learner, FittedTransformation? Fitted) Of(Transformation transformation, string output, IArrowType type)
    {
        var (column, size) = (transformation.Column, transformation.Size);
        var imputation = transformation.By ?? (ScalarValue.IsNumber(type) ? Imputation.Mean : Imputation.MostFrequent);
        if (!ScalarValue.IsKnown(type) || !ScalarValue.IsNumber(type) && (IsReckoned(transformation.Kind) || transformation.Kind == TransformationKind.Impute && imputation is Imputation.Mean or Imputation.Median))
        {
            throw new TransformationException(
                "transformation-type",
                $"the column '{column}' is of type {FeatureTypes.Name(type)}, which cannot be transformed by {FittedTransformation.WordOf(transformation.Kind)}{(transformation.Kind == TransformationKind.Impute ? $" ({imputation})" : "")}; use a number, or another transformation");
        }

        return transformation.Kind switch
        {
            TransformationKind.Standardize => (new SummaryLearner(m => new FittedStandardize(column, type, output, m.Count, m.Mean, m.StandardDeviation)), null),
            TransformationKind.MinMax => (new SummaryLearner(m => new FittedMinMax(column, type, output, m.Count, m.Count == 0 ? null : m.Min, m.Count == 0 ? null : m.Max)), null),
            TransformationKind.Quantile => (new QuantileLearner(
                [.. Enumerable.Range(1, (size ?? 10) - 1).Select(i => i / (double)(size ?? 10))], q => new FittedQuantile(column, type, output, q.Count, [.. q.Values.Distinct()])), null),
            TransformationKind.Vocabulary => (new FrequencyLearner(column, size ?? 1000, (count, keys) => new FittedVocabulary(column, type, output, count, keys)), null),
            TransformationKind.OneHot => (new FrequencyLearner(column, size ?? 100, (count, keys) => new FittedOneHot(column, type, output, count, keys)), null),
            TransformationKind.Hash => (null, new FittedHash(column, type, output, size ?? 1024)),
            _ => imputation switch
            {
                Imputation.Mean => (new SummaryLearner(m => new FittedImpute(column, type, output, m.Count, imputation, FillOf(m.Mean, type))), null),
                Imputation.Median => (new QuantileLearner([0.5], q => new FittedImpute(column, type, output, q.Count, imputation, q.Count == 0 ? null : FillOf(q.Values[0], type))), null),
                Imputation.MostFrequent => (new FrequencyLearner(column, 1, (count, keys) => new FittedImpute(column, type, output, count, imputation, keys.Count == 0 ? null : keys[0])), null),
                _ => (null, new FittedImpute(column, type, output, 0, imputation, ConstantOf(transformation, type))),
            },
        };
    }

    private static bool IsReckoned(TransformationKind kind) => kind is TransformationKind.Standardize or TransformationKind.MinMax or TransformationKind.Quantile;

    private static ValueKey? FillOf(double? value, IArrowType type) => value is not { } number ? null : type switch
    {
        FloatType => new ValueKey(null, OrderedDouble.Encode((float)number)),
        DoubleType => new ValueKey(null, OrderedDouble.Encode(number)),
        // The mean of whole numbers lies between them, so it fits but for the one above the greatest long that a double rounds to.
        _ => new ValueKey(null, number >= long.MaxValue ? long.MaxValue : (long)Math.Round(number, MidpointRounding.ToEven)),
    };

    private static ValueKey ConstantOf(Transformation transformation, IArrowType type) => transformation.Value is { } text && ScalarValue.TryParse(text, type) is { } key ? key
        : throw new TransformationException(
            "transformation-value", $"the constant '{transformation.Value}' that stands in for a null of '{transformation.Column}' is no {FeatureTypes.Name(type)}; write one in the transformation's value");

    private sealed class SummaryLearner(Func<NumberSummary, FittedTransformation> fitted) : Learner
    {
        private readonly NumberSummary summary = new();

        public override void Add(IArrowArray column, ReadOnlySpan<bool> isLearned)
        {
            var numbers = ScalarValue.Numbers(column);
            for (var i = 0; i < column.Length; i++)
            {
                if (isLearned[i] && !column.IsNull(i))
                {
                    summary.Add(numbers(i));
                }
            }
        }

        public override FittedTransformation EndPass() => fitted(summary);
    }

    private sealed class QuantileLearner(IReadOnlyList<double> shares, Func<Quantiles, FittedTransformation> fitted) : Learner
    {
        private readonly Quantiles quantiles = new(shares);

        public override void Add(IArrowArray column, ReadOnlySpan<bool> isLearned)
        {
            var numbers = ScalarValue.Numbers(column);
            for (var i = 0; i < column.Length; i++)
            {
                if (isLearned[i] && !column.IsNull(i))
                {
                    quantiles.Add(numbers(i));
                }
            }
        }

        public override FittedTransformation? EndPass() => quantiles.EndPass() ? fitted(quantiles) : null;
    }

    private sealed class FrequencyLearner(string column, int most, Func<long, IReadOnlyList<ValueKey>, FittedTransformation> fitted) : Learner
    {
        private readonly Frequencies frequencies = new();

        public override void Add(IArrowArray values, ReadOnlySpan<bool> isLearned)
        {
            var keys = ValueKey.Of(values);
            for (var i = 0; i < values.Length; i++)
            {
                if (isLearned[i] && !values.IsNull(i) && !frequencies.TryAdd(keys(i)))
                {
                    throw new TransformationException(
                        "transformation-values", $"the column '{column}' has more than {Frequencies.DefaultBound:N0} values in the train part, too many to tell which are the most frequent; use hash, or make fewer of them");
                }
            }
        }

        public override FittedTransformation EndPass() => fitted(frequencies.Count, [.. frequencies.Top(most).Select(t => t.Key)]);
    }
}
