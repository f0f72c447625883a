namespace Features.Core.Definitions.Rules;

internal static class TrainingSetRules
{
    public static void Check(RuleCheck check, TrainingSet training)
    {
        CheckLabel(check, training);
        check.Unique(training, "spine_features", "spine feature", training.SpineFeatures);
        if (training.Split is { } split)
        {
            SplitRules.Check(check, training, split);
        }

        var service = check.Reference<FeatureService>(training, "service", training.Service);
        var selection = service is null ? null : FeatureSelection.Resolve(check.Set, service);
        if (selection is not null)
        {
            var taken = new[] { training.Timestamp, training.Label?.Column, training.Label?.KnownAt, training.Split is null ? null : Split.Column }.Concat(training.SpineFeatures).OfType<string>().Distinct().ToList();
            foreach (var (name, problem) in selection.Clashes(training.FullNames, taken))
            {
                check.Fault(training, training.FullNames ? "" : "service", problem, training.FullNames ? $"rename '{name}'" : "set full_names: true, or rename one of them");
            }
        }

        // What a broken service lists is not known, and so neither is what a transformation may read.
        TransformationRules.Check(check, training, selection is { Unknown.Count: 0 } ? selection : null);
    }

    private static void CheckLabel(RuleCheck check, TrainingSet training)
    {
        if (training.Label is not { } label)
        {
            return;
        }

        if (label.Column == training.Timestamp)
        {
            check.Fault(training, "label", "the label is the timestamp", "name the column to be learnt");
        }

        if (training.SpineFeatures.Contains(label.Column))
        {
            check.Fault(training, "spine_features", $"the label '{label.Column}' is among the spine features", "remove it there; a label may not be a feature");
        }

        if (label is { Matures: not null, KnownAt: not null })
        {
            check.Fault(training, "label/known_at", "matures and known_at both say when the label is known", "keep one of them");
        }

        if (label.Matures is { } matures && Duration.ToMicros(matures) <= 0)
        {
            check.Fault(training, "label/matures", "the label matures in no time", "give a duration above 0, or leave it out for a label that is known at once");
        }

        if (label.KnownAt is { } knownAt && knownAt == label.Column)
        {
            check.Fault(training, "label/known_at", "the label says itself when it is known", "name the column that holds the moment");
        }

        if (label.KnownAt is { } later && training.SpineFeatures.Contains(later))
        {
            check.Fault(training, "spine_features", $"'{later}', when the label is known, is among the spine features", "remove it there; it is not known at the timestamp");
        }
    }
}
