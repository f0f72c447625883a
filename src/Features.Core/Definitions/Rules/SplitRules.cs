using System.Globalization;
using Features.Core.Definitions.Yaml;

namespace Features.Core.Definitions.Rules;

internal static class SplitRules
{
    private const double ShareTolerance = 1e-9;

    public static void Check(RuleCheck check, TrainingSet training, Split split)
    {
        check.Unique(training, "split/parts", "part", split.Parts.Select(p => p.Name));
        if (split.Parts.Count < 2)
        {
            check.Fault(training, "split/parts", $"there {(split.Parts.Count == 0 ? "are no parts" : "is one part")}", "give at least two, such as train and test");
        }

        foreach (var (part, i) in split.Parts.Select((p, i) => (p, i)).Where(p => !DocumentReader.Name().IsMatch(p.p.Name)))
        {
            check.Fault(training, $"split/parts/{i}/name", $"'{part.Name}' is no name of a part", "use lower-case letters, digits and underscores, with a letter first");
        }

        if (split.By == SplitBy.Group && split.Columns.Count == 0)
        {
            check.Fault(training, "split", "it is by group and names no columns", "add columns:, whose values are kept together");
        }

        if (split.By != SplitBy.Group && split.Columns.Count > 0)
        {
            check.Fault(training, "split/columns", $"a split by {Choice.Name(split.By)} takes no columns", "write by: group, or remove them");
        }

        check.Unique(training, "split/columns", "column", split.Columns);
        if (training.Label is { } label && split.Columns.Contains(label.Column))
        {
            check.Fault(training, "split/columns", $"the split is by the label '{label.Column}'", "then each part would lack some of its values; name other columns");
        }

        if (split.Gap < TimeSpan.Zero || (split.Gap > TimeSpan.Zero && split.By != SplitBy.Time))
        {
            check.Fault(training, "split/gap", split.Gap < TimeSpan.Zero ? "the gap is negative" : "a gap is of time, and the split is not", "give a duration with by: time, or remove it");
        }

        if (split.By != SplitBy.Time && split.Seed < 0)
        {
            check.Fault(training, "split/seed", "the seed is negative", "give a whole number from 0");
        }

        CheckParts(check, training, split);
    }

    private static void CheckParts(RuleCheck check, TrainingSet training, Split split)
    {
        if (split.Parts.Any(p => p.Until is not null))
        {
            CheckMoments(check, training, split);
            return;
        }

        foreach (var (part, i) in split.Parts.Select((p, i) => (p, i)).Where(p => p.p.Share is null or <= 0 or > 1 || !double.IsFinite(p.p.Share.Value)))
        {
            check.Fault(
                training,
                $"split/parts/{i}",
                part.Share is null ? $"part '{part.Name}' has no share" : string.Create(CultureInfo.InvariantCulture, $"the share of part '{part.Name}' is {part.Share}"),
                split.By == SplitBy.Time ? "give each part a share, such as 0.8, or each but the last until:" : "give each part a share above 0, such as 0.8");
        }

        var sum = split.Parts.Sum(p => p.Share ?? 0);
        if (split.Parts.Count > 0 && split.Parts.All(p => p.Share is > 0 and <= 1) && Math.Abs(sum - 1) > ShareTolerance)
        {
            check.Fault(training, "split/parts", string.Create(CultureInfo.InvariantCulture, $"the shares add up to {Math.Round(sum, 6)}"), "make them add up to 1");
        }
    }

    private static void CheckMoments(RuleCheck check, TrainingSet training, Split split)
    {
        if (split.By != SplitBy.Time)
        {
            check.Fault(training, "split/parts", $"parts end at a moment, and the split is by {Choice.Name(split.By)}", "write by: time, or give shares");
            return;
        }

        DateTimeOffset? before = null;
        foreach (var (part, i) in split.Parts.Select((p, i) => (p, i)))
        {
            var isLast = i == split.Parts.Count - 1;
            if (part.Share is not null)
            {
                check.Fault(training, $"split/parts/{i}/share", $"part '{part.Name}' has a share, and others end at a moment", "use shares alone, or until: alone");
            }

            if (part.Until is null != isLast)
            {
                check.Fault(training, $"split/parts/{i}", isLast ? $"the last part '{part.Name}' ends" : $"part '{part.Name}' does not say where it ends", isLast ? "remove until:; it takes all that is left" : "add until:");
            }

            if (part.Until <= before)
            {
                check.Fault(training, $"split/parts/{i}/until", $"part '{part.Name}' ends at or before the one before it", "put the parts in the order of time");
            }

            before = part.Until ?? before;
        }
    }
}
