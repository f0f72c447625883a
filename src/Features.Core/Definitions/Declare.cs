namespace Features.Core.Definitions;

/// <summary>Words for definitions in C#: <c>using static Features.Core.Definitions.Declare;</c>, then <c>Avg("delay").Over(Hours(3)).As("delay_avg_3h")</c>.</summary>
public static class Declare
{
    /// <summary>A table as a view's source, <c>namespace.name</c>.</summary>
    public static string Table(string name) => name;

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

    /// <summary>A duration in days of 24 hours.</summary>
    public static TimeSpan Days(int days) => TimeSpan.FromDays(days);

    /// <summary>A duration in hours.</summary>
    public static TimeSpan Hours(int hours) => TimeSpan.FromHours(hours);

    /// <summary>A duration in minutes.</summary>
    public static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);
}
