using System.Globalization;
using System.Text.Json.Nodes;
using Features.Core.Online;
using Features.Core.Skew;

namespace Features.Cli.Commands;

/// <summary>A feature's comparison as <c>--json</c> shows it.</summary>
internal static class SkewJson
{
    public static JsonObject Of(FeatureSkew feature) => new()
    {
        ["feature"] = feature.Feature,
        ["compared"] = feature.Compared,
        ["equal"] = feature.Equal,
        ["differing"] = feature.Differing,
        ["status_mismatches"] = feature.StatusMismatches,
        ["unsettled"] = feature.Unsettled,
        ["under_earlier_definition"] = feature.UnderEarlierDefinition,
        ["max_absolute_difference"] = Number(feature.MaxAbsoluteDifference),
        ["max_relative_difference"] = Number(feature.MaxRelativeDifference),
        ["not_replayed"] = new JsonArray([.. feature.NotReplayed.Select(n => new JsonObject { ["reason"] = n.Key, ["values"] = n.Value })]),
        ["examples"] = new JsonArray([.. feature.Examples.Select(Example)]),
    };

    private static JsonObject Example(SkewExample example) => new()
    {
        ["keys"] = new JsonObject(example.Keys.Select(k => KeyValuePair.Create(k.Key, Value(k.Value)))),
        ["at"] = example.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture),
        ["online"] = Value(example.Online),
        ["online_status"] = SkewText.Word(example.OnlineStatus),
        ["offline"] = Value(example.Offline),
        ["offline_status"] = SkewText.Word(example.OfflineStatus),
        ["snapshots"] = new JsonObject(example.Snapshots.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)TableJson.Id(s.Value)))),
    };

    private static JsonNode? Value(FeatureValue value) => value.Kind switch
    {
        FeatureValueKind.Null => null,
        FeatureValueKind.Boolean => value.AsBoolean(),
        FeatureValueKind.Integer => value.AsInteger(),
        FeatureValueKind.Float => Number(value.AsFloat()),
        FeatureValueKind.List => new JsonArray([.. value.AsList().Select(Value)]),
        _ => value.ToString(),
    };

    // As rows are printed: what JSON has no number for is a string.
    private static JsonNode? Number(double? number) => number is { } value && !double.IsFinite(value) ? value.ToString(CultureInfo.InvariantCulture) : number;
}
