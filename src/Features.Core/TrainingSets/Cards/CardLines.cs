using System.Globalization;
using Features.Core.Definitions;
using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>What Markdown and HTML say alike.</summary>
internal static class CardLines
{
    public const string StatisticsNote =
        "Means, standard deviations (of the population), ranges and histograms are exact. Distinct counts, quantiles and most frequent values are exact up to 4,096 different values of a column; beyond, they are estimates marked ≈.";

    public static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>When the label of a row is known; null if its definition does not say.</summary>
    public static string? Maturity(Label? label) => label switch
    {
        null => null,
        { KnownAt: { } column } => $"known when {column} says",
        { Matures: { } span } => $"known {Duration.Format(span)} after the row's time",
        _ => "known at once",
    };

    /// <summary>The rows that were left out because their label was not known; null for none.</summary>
    public static string? LeftOut(TrainingSetManifest manifest) => manifest.LeftOut == 0
        ? null
        : $"{CardText.Rows(manifest.LeftOut)} of the spine were left out: their label was not known{(manifest.AsOf is { } asOf ? $" at {Moment(asOf)}" : "")}.";

    public static string Split(Split split, IReadOnlyList<DateTimeOffset> boundaries)
    {
        var by = split.By switch
        {
            SplitBy.Key => "by a hash of the entities' keys",
            SplitBy.Group => $"by a hash of {string.Join(", ", split.Columns)}",
            _ => boundaries.Count == 0 ? "by time" : $"by time, at {string.Join(" and ", boundaries.Select(Moment))}",
        };
        var gap = split.Gap > TimeSpan.Zero ? $", with a gap of {Duration.Format(split.Gap)} after each boundary" : "";
        return $"Rows are shared out {by}{gap}; each row's part stands in the column {Definitions.Split.Column}.";
    }

    public static string State(CardDefinitionState state) => state switch
    {
        CardDefinitionState.InForce => "in force",
        CardDefinitionState.Changed => "changed since",
        _ => "not in force",
    };

    public static string Role(string role) => role switch
    {
        "spine" => "carried along",
        "spine_feature" => "feature of the spine",
        _ => role.Replace('_', ' '),
    };

    public static string Distinct(DistinctCount distinct) => (distinct.IsExact ? "" : "≈\u00A0") + CardText.Count(distinct.Count);

    public static IReadOnlyList<(string Comment, string Command)> Commands(string name) =>
    [
        ("the rows as they are stored, hashed again", $"features dataset verify {name} --stored"),
        ("the set made again from the pinned snapshots, and compared", $"features dataset verify {name} --rebuild"),
        ("what it was made of", $"features dataset show {name} --json"),
        ("rows, in an exact shuffled order", $"features fetch {name} --shuffle global --seed 7 --limit 3"),
    ];

    public static string Python(string name) =>
        $$"""
        import json, pyarrow.flight as flight

        client = flight.connect("grpc://127.0.0.1:7071")        # where `features serve` says it listens
        command = json.dumps({"dataset": "{{name}}", "batch": 4096, "shuffle": "global", "seed": 7, "epoch": 0})
        info = client.get_flight_info(flight.FlightDescriptor.for_command(command))
        for chunk in client.do_get(info.endpoints[0].ticket):
            ...  # chunk.data is a record batch
        """;

    /// <summary>The label's values in all parts, the most frequent of the whole first; empty if it is no classification.</summary>
    public static IReadOnlyList<string> Classes(TrainingSetCard card) =>
        card.Label is { Statistics: { Distinct: { IsExact: true, Count: <= TopValues.MaxValues }, Top: { } top, Kind: not ColumnKind.Time } } ? [.. top.Values.Select(v => v.Value)] : [];

    public static long CountOf(ColumnStatistics? label, string value) => label?.Top?.Values.FirstOrDefault(v => v.Value == value)?.Count ?? 0;
}
