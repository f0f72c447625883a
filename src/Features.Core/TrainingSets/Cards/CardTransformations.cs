using System.Globalization;
using Features.Core.Transformations;

namespace Features.Core.TrainingSets.Cards;

/// <summary>Learned columns with what they learned, as far as it may be shown.</summary>
internal static class CardTransformations
{
    private const int ShownValues = 8;

    public static IReadOnlyList<CardTransformation> Of(TrainingSetManifest manifest, IReadOnlyList<CardColumn> columns)
    {
        var withheld = columns.Where(c => c.WithheldBy is not null).Select(c => c.Column.Name).ToHashSet();
        return
        [
            .. manifest.Transformations.Select(t => new CardTransformation(
                t.Column,
                FittedTransformation.WordOf(t.Kind).Replace('_', ' '),
                t is FittedOneHot oneHot && t.Outputs.Count != 1 ? string.Create(CultureInfo.InvariantCulture, $"{oneHot.Prefix}__… ({t.Outputs.Count} columns)") : t.Outputs[0].Name,
                withheld.Contains(t.Column) || t.Outputs.Any(o => withheld.Contains(o.Name)) ? [] : [.. Learned(t).Where(l => l.Value.Length > 0)])),
        ];
    }

    private static IEnumerable<KeyValuePair<string, string>> Learned(FittedTransformation transformation)
    {
        if (transformation.Count > 0)
        {
            yield return new("from values", CardText.Count(transformation.Count));
        }

        switch (transformation)
        {
            case FittedStandardize t:
                yield return new("mean", Number(t.Mean));
                yield return new("standard deviation", Number(t.StandardDeviation));
                break;
            case FittedMinMax t:
                yield return new("min", Number(t.Min));
                yield return new("max", Number(t.Max));
                break;
            case FittedQuantile t:
                yield return new("edges", List(t.Edges.Select(e => CardText.Number(e))));
                break;
            case FittedVocabulary t:
                yield return new("values", List(t.Values.Select(Text)));
                break;
            case FittedOneHot t:
                yield return new("values", List(t.Values.Select(Text)));
                break;
            case FittedHash t:
                yield return new("buckets", CardText.Count(t.Buckets));
                break;
            case FittedImpute t:
                yield return new("by", t.By.ToString());
                yield return new("fill", t.Fill is { } fill ? Text(fill) : "");
                break;
        }
    }

    private static string Number(double? value) => value is { } given ? CardText.Number(given) : "";

    private static string Text(object value) => value switch
    {
        double number => CardText.Number(number),
        float number => CardText.Number(number),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string List(IEnumerable<string> values)
    {
        var all = values.ToList();
        return string.Join(", ", all.Take(ShownValues)) + (all.Count > ShownValues ? string.Create(CultureInfo.InvariantCulture, $" and {all.Count - ShownValues} more") : "");
    }
}
