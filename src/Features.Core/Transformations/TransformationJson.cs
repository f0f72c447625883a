using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.TrainingSets;

namespace Features.Core.Transformations;

/// <summary>Fitted transformations as JSON, as they stand in a training set's manifest (<c>schemas/training-set</c>); read back, they are the same to the bit.</summary>
public static class TransformationJson
{
    /// <summary>A fitted transformation as JSON.</summary>
    public static JsonObject Write(FittedTransformation fitted)
    {
        var json = new JsonObject
        {
            ["column"] = fitted.Column,
            ["kind"] = FittedTransformation.WordOf(fitted.Kind),
            ["type"] = CanonicalCells.TypeName(fitted.Input),
            ["as"] = fitted is FittedOneHot oneHot ? oneHot.Prefix : fitted.Outputs[0].Name,
            ["count"] = fitted.Count,
        };
        switch (fitted)
        {
            case FittedStandardize one:
                (json["mean"], json["standard_deviation"]) = (one.Mean, one.StandardDeviation);
                break;
            case FittedMinMax one:
                (json["min"], json["max"]) = (one.Min, one.Max);
                break;
            case FittedQuantile one:
                json["edges"] = new JsonArray([.. one.Edges.Select(e => JsonValue.Create(e))]);
                break;
            case FittedVocabulary one:
                json["values"] = Values(one.Keys, one.Input);
                break;
            case FittedOneHot one:
                json["values"] = Values(one.Keys, one.Input);
                break;
            case FittedHash one:
                json["buckets"] = one.Buckets;
                break;
            case FittedImpute one:
                json["by"] = ByWord(one.By);
                json["value"] = one.FillKey is { } fill ? ScalarValue.ToJson(fill, one.Input) : null;
                break;
        }

        return json;
    }

    /// <summary>Reads <see cref="Write"/>.</summary>
    /// <exception cref="FormatException">It is no fitted transformation.</exception>
    public static FittedTransformation Read(JsonObject json)
    {
        var (column, output, word) = (Text(json, "column"), Text(json, "as"), Text(json, "kind"));
        var type = ScalarValue.TypeOf(Text(json, "type")) ?? throw new FormatException($"'{Text(json, "type")}' is no type");
        var count = json["count"]!.GetValue<long>();
        return word switch
        {
            "standardize" => new FittedStandardize(column, type, output, count, Number(json, "mean"), Number(json, "standard_deviation")),
            "min_max" => new FittedMinMax(column, type, output, count, Number(json, "min"), Number(json, "max")),
            "quantile" => new FittedQuantile(column, type, output, count, [.. json["edges"]!.AsArray().Select(e => e!.GetValue<double>())]),
            "vocabulary" => new FittedVocabulary(column, type, output, count, Keys(json, type)),
            "one_hot" => new FittedOneHot(column, type, output, count, Keys(json, type)),
            "hash" => new FittedHash(column, type, output, json["buckets"]!.GetValue<int>()),
            "impute" => new FittedImpute(
                column, type, output, count, Enum.GetValues<Imputation>().First(b => ByWord(b) == Text(json, "by")), json["value"] is { } fill ? ScalarValue.FromJson(fill, type) : null),
            _ => throw new FormatException($"'{word}' is no transformation"),
        };
    }

    private static string ByWord(Imputation by) => by == Imputation.MostFrequent ? "most_frequent" : by.ToString().ToLowerInvariant();

    private static JsonArray Values(IEnumerable<ValueKey> keys, IArrowType type) => new([.. keys.Select(k => ScalarValue.ToJson(k, type))]);

    private static List<ValueKey> Keys(JsonObject json, IArrowType type) => [.. json["values"]!.AsArray().Select(v => ScalarValue.FromJson(v!, type))];

    private static string Text(JsonObject json, string key) => json[key]?.GetValue<string>() ?? throw new FormatException($"a transformation has no '{key}'");

    private static double? Number(JsonObject json, string key) => json[key]?.GetValue<double>();
}
