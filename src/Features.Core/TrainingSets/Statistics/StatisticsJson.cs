using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>Statistics as JSON, for the manifest: what is null, empty, zero or exact is left out. Equal statistics are equal bytes in canonical JSON.</summary>
public static class StatisticsJson
{
    /// <summary>The statistics as a JSON object; a new one each time.</summary>
    public static JsonObject Write(TrainingSetStatistics statistics)
    {
        var json = new JsonObject { ["rows"] = statistics.Rows, ["columns"] = Columns(statistics.Columns) };
        if (statistics.Parts.Length > 0)
        {
            json["parts"] = new JsonArray([.. statistics.Parts.Select(p => new JsonObject { ["name"] = p.Name, ["rows"] = p.Rows, ["columns"] = Columns(p.Columns) })]);
        }

        return json;
    }

    /// <summary>Reads what <see cref="Write"/> wrote. Members that it does not know are passed over.</summary>
    /// <exception cref="FormatException">It is something else; the message says what.</exception>
    public static TrainingSetStatistics Read(JsonNode json)
    {
        try
        {
            return new TrainingSetStatistics(
                Long(json["rows"]),
                [.. json["columns"]!.AsArray().Select(c => Column(c!))],
                [.. (json["parts"]?.AsArray() ?? []).Select(p => new PartStatistics(p!["name"]?.GetValue<string>(), Long(p["rows"]), [.. p["columns"]!.AsArray().Select(c => Column(c!))]))]);
        }
        catch (Exception fault) when (fault is NullReferenceException or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new FormatException($"these are no statistics of a training set: {fault.Message}", fault);
        }
    }

    private static JsonArray Columns(IEnumerable<ColumnStatistics> columns) => new([.. columns.Select(Column)]);

    private static JsonObject Column(ColumnStatistics column)
    {
        var json = new JsonObject { ["name"] = column.Name, ["kind"] = column.Kind.ToString().ToLowerInvariant(), ["rows"] = column.Rows, ["nulls"] = column.Nulls };
        Set(json, "nans", column.NaNs > 0 ? column.NaNs : null);
        Set(json, "infinities", column.Infinities > 0 ? column.Infinities : null);
        Set(json, "distinct", column.Distinct?.Count);
        Set(json, "distinct_estimated", column.Distinct is { IsExact: false } ? true : null);
        Set(json, "min", column.Min);
        Set(json, "max", column.Max);
        Set(json, "mean", column.Mean);
        Set(json, "standard_deviation", column.StandardDeviation);
        if (column.Quantiles is { } quantiles)
        {
            json["quantiles"] = new JsonArray([.. quantiles.Values.Select(q => new JsonArray(q.Share, q.Value))]);
            Set(json, "quantiles_rank_error", quantiles.RankError > 0 ? quantiles.RankError : null);
        }

        if (column.Histogram is { } histogram)
        {
            json["histogram"] = new JsonObject
            {
                ["edges"] = new JsonArray([.. histogram.Edges.Select(e => JsonValue.Create(e))]),
                ["counts"] = new JsonArray([.. histogram.Counts.Select(c => JsonValue.Create(c))]),
            };
            Set(json["histogram"]!.AsObject(), "below", histogram.Below > 0 ? histogram.Below : null);
            Set(json["histogram"]!.AsObject(), "above", histogram.Above > 0 ? histogram.Above : null);
        }

        if (column.Top is { } top)
        {
            json["top"] = new JsonArray([.. top.Values.Select(v => new JsonArray(v.Value, v.Count))]);
            Set(json, "top_error", top.Error > 0 ? top.Error : null);
        }

        return json;
    }

    private static ColumnStatistics Column(JsonNode json) => new()
    {
        Name = json["name"]!.GetValue<string>(),
        Kind = Enum.Parse<ColumnKind>(json["kind"]!.GetValue<string>(), ignoreCase: true),
        Rows = Long(json["rows"]),
        Nulls = Long(json["nulls"]),
        NaNs = Long(json["nans"] ?? 0),
        Infinities = Long(json["infinities"] ?? 0),
        Distinct = json["distinct"] is { } distinct ? new DistinctCount(Long(distinct), json["distinct_estimated"]?.GetValue<bool>() is not true) : null,
        Min = json["min"]?.GetValue<string>(),
        Max = json["max"]?.GetValue<string>(),
        Mean = Double(json["mean"]),
        StandardDeviation = Double(json["standard_deviation"]),
        Quantiles = json["quantiles"]?.AsArray() is { } quantiles
            ? new QuantileSummary(Double(json["quantiles_rank_error"]) ?? 0, [.. quantiles.Select(q => new Quantile(Double(q![0])!.Value, Double(q[1])!.Value))])
            : null,
        Histogram = json["histogram"] is { } histogram
            ? new Histogram([.. histogram["edges"]!.AsArray().Select(e => Double(e)!.Value)], [.. histogram["counts"]!.AsArray().Select(Long)], Long(histogram["below"] ?? 0), Long(histogram["above"] ?? 0))
            : null,
        Top = json["top"]?.AsArray() is { } top
            ? new TopValues(Long(json["top_error"] ?? 0), [.. top.Select(v => new ValueCount(v![0]!.GetValue<string>(), Long(v[1])))])
            : null,
    };

    private static void Set(JsonObject json, string key, JsonNode? value)
    {
        if (value is not null)
        {
            json[key] = value;
        }
    }

    // By text: a node that was parsed and one that was made hold numbers in different ways.
    private static long Long(JsonNode? json) => long.Parse(json!.ToJsonString(), CultureInfo.InvariantCulture);

    private static double? Double(JsonNode? json) => json is null ? null : double.Parse(json.ToJsonString(), CultureInfo.InvariantCulture);
}
