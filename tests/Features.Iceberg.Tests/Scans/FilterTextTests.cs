using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

public sealed class FilterTextTests
{
    private static readonly Schema Flights = SchemaText.Parse(
        "id long, delay int, at timestamp, atz timestamptz, day date, origin string, speed double, price decimal(9,2), ok boolean, raw binary, p struct<x: double>, u uuid");

    [Theory]
    [InlineData("delay > 5", "delay Greater 5")]
    [InlineData("DELAY<=-5", "delay LessOrEqual -5")]
    [InlineData("origin = 'O''Hare'", "origin Equal O'Hare")]
    [InlineData("origin <> 'a' and delay != 1", "(origin NotEqual a AND delay NotEqual 1)")]
    [InlineData("a_b is null or delay = 1", null)]
    [InlineData("delay = 1 or delay = 2 and id = 3", "(delay Equal 1 OR (delay Equal 2 AND id Equal 3))")]
    [InlineData("not (delay in (1, 2) or origin is null)", "NOT (delay In 1 2 OR origin IsNull)")]
    [InlineData("delay not between 1 and 3 and ok = true", "(NOT (delay GreaterOrEqual 1 AND delay LessOrEqual 3) AND ok Equal True)")]
    [InlineData("origin like 'SF%'", "origin StartsWith SF")]
    [InlineData("speed is not nan", "speed NotNan")]
    [InlineData("p is not null", "p NotNull")]
    [InlineData("day >= date '2024-01-31'", "day GreaterOrEqual 19753")]
    [InlineData("at < timestamp '2024-01-31 10:00:00'", "at Less 1706695200000000")]
    [InlineData("at < '2024-01-31'", "at Less 1706659200000000")]
    [InlineData("atz < '2024-01-31T00:00:00+01:00'", "atz Less 1706655600000000")]
    [InlineData("price = 1.5", "price Equal 150")]
    [InlineData("speed > 1.5e3", "speed Greater 1500")]
    [InlineData("raw = '00ff'", "raw Equal 00ff")]
    [InlineData("true", "TRUE")]
    public void Condition_BecomesTheFilterOfTheSameMeaning(string text, string? filter)
    {
        if (filter is null)
        {
            Assert.Contains("'a_b' is none", Assert.Throws<InvalidTableArgumentException>(() => FilterText.Parse(text, Flights)).Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(filter, Text(FilterText.Parse(text, Flights)));
    }

    [Theory]
    [InlineData("abs(delay) > 5", "'abs' is none")]
    [InlineData("delay + 1 > 5", "=, <>, <")]
    [InlineData("delay > id", "a constant")]
    [InlineData("delay = null", "NULL is compared by IS NULL")]
    [InlineData("origin like '%x'", "a pattern that is a beginning")]
    [InlineData("origin like 'a_%'", "a pattern that is a beginning")]
    [InlineData("delay like 'a%'", "column 'delay' is int")]
    [InlineData("delay > 1.5", "is no value of column 'delay'")]
    [InlineData("origin = 5", "a text in single quotes")]
    [InlineData("price = 1.555", "is no value of column 'price'")]
    [InlineData("atz < '2024-01-31T00:00:00'", "with a zone")]
    [InlineData("delay > 5 xor delay < 2", "only comparisons of columns with constants")]
    [InlineData("(delay > 5", "')' after the condition")]
    [InlineData("p = 1", "column 'p' is nested")]
    [InlineData("", "a column to compare")]
    public void Condition_ThatNoFilterMeansExactly_IsRefused(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidTableArgumentException>(() => FilterText.Parse(text, Flights)).Message, StringComparison.Ordinal);

    private static string Text(Filter filter) => filter switch
    {
        Filter.Conjunction c => $"({Text(c.Left)} AND {Text(c.Right)})",
        Filter.Disjunction d => $"({Text(d.Left)} OR {Text(d.Right)})",
        Filter.Negation n => n.Inner is Filter.Predicate ? $"NOT ({Text(n.Inner)})" : $"NOT {Text(n.Inner)}",
        Filter.Predicate p => $"{p.Column} {p.Comparison} {string.Join(' ', p.Values.Select(v => v is byte[] b ? Convert.ToHexStringLower(b) : Convert.ToString(v, System.Globalization.CultureInfo.InvariantCulture)))}".TrimEnd(),
        _ => "TRUE",
    };
}
