using Features.Core.Definitions.Yaml;

namespace Features.Core.Definitions.Rules;

internal static class TransformationRules
{
    /// <summary>Holds a training set's transformations against its columns. A null selection: its features are not known, so that a column is not missed.</summary>
    public static void Check(RuleCheck check, TrainingSet training, FeatureSelection? selection)
    {
        var features = selection is null ? [] : selection.Features.Select(f => f.OutputName(training.FullNames)).Concat(selection.OnDemand.Select(f => f.OutputName(training.FullNames))).ToList();
        var readable = features.Concat(training.SpineFeatures).ToHashSet();
        var taken = readable.Concat(new[] { training.Timestamp, training.Label?.Column, training.Label?.KnownAt, training.Split is null ? null : Split.Column }.OfType<string>()).ToHashSet();
        for (var i = 0; i < training.Transformations.Count; i++)
        {
            var transformation = training.Transformations[i];
            var path = $"transformations/{i}";
            CheckColumn(check, training, transformation, path, readable, isWhole: selection is not null);
            CheckParameters(check, training, transformation, path);
            var output = OutputOf(transformation);
            if (!taken.Add(output))
            {
                check.Fault(training, path, $"its output '{output}' has the name of another column", "give it another with as:");
            }

            // One-hot makes a column for each value, whose names nobody knows before the data is seen.
            if (transformation.Kind != TransformationKind.OneHot)
            {
                readable.Add(output);
            }
        }
    }

    public static string OutputOf(Transformation transformation) => transformation.As ?? $"{transformation.Column}__{Choice.Name(transformation.Kind)}";

    private static void CheckColumn(RuleCheck check, TrainingSet training, Transformation transformation, string path, HashSet<string> readable, bool isWhole)
    {
        if (transformation.Column == training.Label?.Column)
        {
            check.Fault(training, $"{path}/column", $"it reads the label '{transformation.Column}'", "a label may not be a feature; transform it where the model is trained");
        }
        else if (isWhole && !readable.Contains(transformation.Column))
        {
            check.Fault(training, $"{path}/column", $"there is no column '{transformation.Column}' among its features, spine features and the outputs before", NearNames.Hint(transformation.Column, readable, "columns"));
        }
    }

    private static void CheckParameters(RuleCheck check, TrainingSet training, Transformation transformation, string path)
    {
        var kind = Choice.Name(transformation.Kind);
        var isSized = transformation.Kind is TransformationKind.Quantile or TransformationKind.Hash or TransformationKind.Vocabulary or TransformationKind.OneHot;
        if (transformation.Size is { } size && (size <= 0 || !isSized))
        {
            check.Fault(training, $"{path}/size", isSized ? $"its size is {size}" : $"{kind} has no size", isSized ? "give a whole number from 1" : "remove it");
        }

        if (transformation.By is not null && transformation.Kind != TransformationKind.Impute)
        {
            check.Fault(training, $"{path}/by", $"by says what impute puts in, and this is {kind}", "remove it");
        }

        if (transformation.Value is not null != (transformation.By == Imputation.Constant))
        {
            check.Fault(training, path, transformation.Value is null ? "it imputes a constant and names none" : "value is the constant that impute puts in", transformation.Value is null ? "add value:" : "write kind: impute, by: constant; or remove it");
        }
    }
}
