using System.Globalization;
using Features.Core.Online;
using Features.Core.Skew;
using Spectre.Console;

namespace Features.Cli.Commands;

/// <summary>A skew report for people: a feature a line, then what differs and what could not be compared.</summary>
internal static class SkewText
{
    public static void Print(CliConsole console, SkewReport report)
    {
        console.Out.WriteLine($"{report.Answers:N0} logged answers of {report.Rows:N0} rows, joined again at the snapshots that they came from{(report.Unreadable == 0 ? "" : $"; {report.Unreadable:N0} lines of the log cannot be read")}");
        if (report.Features.Count == 0)
        {
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var (title, isNumber) in new[] { ("feature", false), ("compared", true), ("equal", true), ("differing", true), ("status differs", true), ("unsettled", true), ("not compared", true), ("largest difference", true) })
        {
            table.AddColumn(new TableColumn(title) { NoWrap = true, Alignment = isNumber ? Justify.Right : Justify.Left });
        }

        foreach (var f in report.Features)
        {
            var notCompared = f.NotReplayed.Values.Sum();
            table.AddRow([.. new[] { f.Feature, $"{f.Compared:N0}", $"{f.Equal:N0}", $"{f.Differing:N0}", $"{f.StatusMismatches:N0}", $"{f.Unsettled:N0}", $"{notCompared:N0}", Largest(f) }.Select(Markup.Escape)]);
        }

        console.People.Write(table);
        foreach (var line in report.Features.SelectMany(Details))
        {
            console.Out.WriteLine(line);
        }
    }

    /// <summary>The status as the API spells it.</summary>
    public static string Word(FeatureStatus status) => status switch
    {
        FeatureStatus.Present => "PRESENT",
        FeatureStatus.NullValue => "NULL_VALUE",
        FeatureStatus.NotFound => "NOT_FOUND",
        _ => "OUTSIDE_MAX_AGE",
    };

    private static string Largest(FeatureSkew feature) => (feature.MaxAbsoluteDifference, feature.MaxRelativeDifference) switch
    {
        (null, _) => "",
        (0, _) => "0",
        var (absolute, relative) => string.Create(CultureInfo.InvariantCulture, $"{absolute:G4} ({relative:P2})"),
    };

    private static IEnumerable<string> Details(FeatureSkew feature)
    {
        foreach (var e in feature.Examples)
        {
            var keys = string.Join(", ", e.Keys.Select(k => $"{k.Key}={k.Value}"));
            var at = e.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
            yield return $"{feature.Feature}: for {keys} at {at}, online {Said(e.Online, e.OnlineStatus)}, historical {Said(e.Offline, e.OfflineStatus)}";
        }

        if (feature.UnderEarlierDefinition > 0)
        {
            yield return $"{feature.Feature}: {feature.UnderEarlierDefinition:N0} of the differing values were answered under an earlier definition of its view";
        }

        if (feature.Unsettled > 0)
        {
            yield return $"{feature.Feature}: {feature.Unsettled:N0} values came from pushed rows that no snapshot holds by themselves, so nobody can say whether they should differ";
        }

        foreach (var (reason, values) in feature.NotReplayed)
        {
            yield return $"{feature.Feature}: {values:N0} values could not be compared: {reason}";
        }
    }

    private static string Said(FeatureValue value, FeatureStatus status) => status is FeatureStatus.Present ? $"{value}" : value.IsNull ? Word(status) : $"{value} ({Word(status)})";
}
