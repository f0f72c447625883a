namespace Features.Core.Definitions;

/// <summary>Words for definitions in C#: <c>using static Features.Core.Definitions.Declare;</c>, then <c>Avg("delay").Over(Hours(3)).As("delay_avg_3h")</c>.</summary>
public static class Declare
{
    /// <summary>A table as a view's source, <c>namespace.name</c>.</summary>
    public static string Table(string name) => name;

    /// <summary>A source of its own name over an Iceberg table, such as for other names of its columns.</summary>
    public static FeatureSource Source(string name, string table, params ReadOnlySpan<(string Name, string Column)> fields) => new(name) { Table = table, Fields = Map(fields) };

    /// <summary>A source over a folder of Parquet files, or a glob over them: relative to the workspace, or a URI.</summary>
    public static FeatureSource ParquetFolder(string name, string folder, params ReadOnlySpan<(string Name, string Column)> fields) => new(name) { Parquet = folder, Fields = Map(fields) };

    /// <summary>A column that a request must bring; the types are those of <see cref="RequestField"/>.</summary>
    public static RequestField Request(string name, string type) => new(name, type);

    /// <summary>An on-demand view's feature: an expression over its inputs and request columns.</summary>
    public static FeatureExpression OnDemand(string expression) => new(expression);

    /// <summary>Features of a view, for a service or an on-demand view: <c>Reference("airport_delays", "delay_avg").Keys(("airport", "destination")).As("dest")</c>.</summary>
    /// <param name="view">The feature view, or on-demand view.</param>
    /// <param name="feature">The feature; null for all.</param>
    public static FeatureReference Reference(string view, string? feature = null) => new(view, feature);

    /// <summary>A key column of an entity; the types are those of <see cref="EntityKey"/>.</summary>
    public static EntityKey Key(string name, string type = "string") => new(name, type);

    /// <summary>The latest row's value of a SQL expression.</summary>
    public static FeatureExpression Latest(string expression) => new(expression);

    /// <summary>The number of rows in a window.</summary>
    public static WindowAggregate Count() => new(Aggregate.Count, "*");

    /// <summary>The number of rows in a window for which the SQL expression is not null.</summary>
    public static WindowAggregate Count(string expression) => new(Aggregate.Count, expression);

    /// <summary>The sum of a SQL expression over a window.</summary>
    public static WindowAggregate Sum(string expression) => new(Aggregate.Sum, expression);

    /// <summary>The mean of a SQL expression over a window; of a condition, the share of rows for which it is true.</summary>
    public static WindowAggregate Avg(string expression) => new(Aggregate.Avg, expression);

    /// <summary>The least value of a SQL expression over a window.</summary>
    public static WindowAggregate Min(string expression) => new(Aggregate.Min, expression);

    /// <summary>The greatest value of a SQL expression over a window.</summary>
    public static WindowAggregate Max(string expression) => new(Aggregate.Max, expression);

    /// <summary>The value of the first row of a window that is not null.</summary>
    public static WindowAggregate First(string expression) => new(Aggregate.First, expression);

    /// <summary>The value of the last row of a window that is not null.</summary>
    public static WindowAggregate Last(string expression) => new(Aggregate.Last, expression);

    /// <summary>(x - mean) / standard deviation.</summary>
    public static Transformation Standardize(string column) => new(column, TransformationKind.Standardize);

    /// <summary>(x - min) / (max - min), within 0 and 1.</summary>
    public static Transformation MinMax(string column) => new(column, TransformationKind.MinMax);

    /// <summary>The bin of x between the quantiles, from 0; <paramref name="bins"/> null for 10.</summary>
    public static Transformation Quantile(string column, int? bins = null) => new(column, TransformationKind.Quantile) { Size = bins };

    /// <summary>The value's place in the vocabulary of the most frequent; <paramref name="size"/> null for 1000.</summary>
    public static Transformation Vocabulary(string column, int? size = null) => new(column, TransformationKind.Vocabulary) { Size = size };

    /// <summary>A column for each of the most frequent values; <paramref name="size"/> null for 100.</summary>
    public static Transformation OneHot(string column, int? size = null) => new(column, TransformationKind.OneHot) { Size = size };

    /// <summary>A bucket of the value's hash; <paramref name="buckets"/> null for 1024.</summary>
    public static Transformation Hash(string column, int? buckets = null) => new(column, TransformationKind.Hash) { Size = buckets };

    /// <summary>The value, or where it is null what was learned; <paramref name="by"/> null for the mean of numbers and the most frequent of others.</summary>
    public static Transformation Impute(string column, Imputation? by = null) => new(column, TransformationKind.Impute) { By = by };

    /// <summary>The value, or where it is null a constant, as text.</summary>
    public static Transformation ImputeConstant(string column, string value) => new(column, TransformationKind.Impute) { By = Imputation.Constant, Value = value };

    /// <summary>A duration in days of 24 hours.</summary>
    public static TimeSpan Days(int days) => TimeSpan.FromDays(days);

    /// <summary>A duration in hours.</summary>
    public static TimeSpan Hours(int hours) => TimeSpan.FromHours(hours);

    /// <summary>A duration in minutes.</summary>
    public static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);

    private static Dictionary<string, string> Map(ReadOnlySpan<(string Name, string Column)> fields)
    {
        var map = new Dictionary<string, string>();
        foreach (var (name, column) in fields)
        {
            map.Add(name, column);
        }

        return map;
    }
}
