using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Conformance.RoundTrips;

/// <summary>A filter, the same as plain code over rows of the schema (true, false or unknown), and as text.</summary>
internal sealed record ModelFilter(Filter Filter, Func<object?[], bool?> Holds, string Text)
{
    /// <summary>A random filter over what rows have; everything where the schema has no column to compare.</summary>
    public static ModelFilter Next(Random random, Schema schema, IReadOnlyList<object?[]> rows, int depth = 2)
    {
        var columns = ModelColumn.Single(schema);
        if (columns.Count == 0)
        {
            return new(Filter.True, _ => true, "true");
        }

        switch (depth == 0 ? 0 : random.Next(6))
        {
            case 3:
                var (a, b) = (Next(random, schema, rows, depth - 1), Next(random, schema, rows, depth - 1));
                return new(a.Filter.And(b.Filter), r => (a.Holds(r), b.Holds(r)) switch { (false, _) or (_, false) => false, (true, true) => true, _ => null }, $"({a.Text} and {b.Text})");
            case 4:
                var (c, d) = (Next(random, schema, rows, depth - 1), Next(random, schema, rows, depth - 1));
                return new(c.Filter.Or(d.Filter), r => (c.Holds(r), d.Holds(r)) switch { (true, _) or (_, true) => true, (false, false) => false, _ => null }, $"({c.Text} or {d.Text})");
            case 5:
                var inner = Next(random, schema, rows, depth - 1);
                return new(inner.Filter.Not(), r => !inner.Holds(r), $"not {inner.Text}");
            default:
                return Comparison(random, columns[random.Next(columns.Count)], rows);
        }
    }

    private static ModelFilter Comparison(Random random, ModelColumn column, IReadOnlyList<object?[]> rows)
    {
        var type = (PrimitiveType)column.Field.Type;
        var isFloating = type.Kind is PrimitiveKind.Float or PrimitiveKind.Double;
        var choices = Enum.GetValues<Comparison>()
            .Where(o => o != Scans.Comparison.StartsWith || type.Kind == PrimitiveKind.String)
            .Where(o => o is not (Scans.Comparison.IsNan or Scans.Comparison.NotNan) || isFloating)
            .ToArray();
        var comparison = choices[random.Next(choices.Length)];
        var count = comparison switch
        {
            Scans.Comparison.IsNull or Scans.Comparison.NotNull or Scans.Comparison.IsNan or Scans.Comparison.NotNan => 0,
            Scans.Comparison.In or Scans.Comparison.NotIn => random.Next(1, 4),
            _ => 1,
        };
        object[] values = [.. Enumerable.Range(0, count).Select(_ => Literal(random, column, type, rows))];
        if (comparison == Scans.Comparison.StartsWith)
        {
            values[0] = string.Concat(((string)values[0]).EnumerateRunes().Take(random.Next(20)));
        }

        return new(
            Filter.Compare(column.Path, comparison, values),
            row => Test(comparison, column.At(row), values, type),
            $"[{column.Path}] {comparison} {string.Join(", ", values.Select(Rows.Text))}");
    }

    private static object Literal(Random random, ModelColumn column, PrimitiveType type, IReadOnlyList<object?[]> rows) =>
        (rows.Count > 0 && random.Next(4) != 0 ? column.At(rows[random.Next(rows.Count)]) : null) ?? AnyTable.Value(random, type, required: true)!;

    private static bool? Test(Comparison comparison, object? value, object[] values, PrimitiveType type) => (comparison, value) switch
    {
        (Scans.Comparison.IsNull, _) => value is null,
        (Scans.Comparison.NotNull, _) => value is not null,
        (_, null) => null,
        (Scans.Comparison.IsNan, _) => value is float.NaN or double.NaN,
        (Scans.Comparison.NotNan, _) => value is not (float.NaN or double.NaN),
        (Scans.Comparison.Equal, _) => Compare(value, values[0], type) == 0,
        (Scans.Comparison.NotEqual, _) => Compare(value, values[0], type) != 0,
        (Scans.Comparison.Less, _) => Compare(value, values[0], type) < 0,
        (Scans.Comparison.LessOrEqual, _) => Compare(value, values[0], type) <= 0,
        (Scans.Comparison.Greater, _) => Compare(value, values[0], type) > 0,
        (Scans.Comparison.GreaterOrEqual, _) => Compare(value, values[0], type) >= 0,
        (Scans.Comparison.In, _) => values.Any(v => Compare(value, v, type) == 0),
        (Scans.Comparison.NotIn, _) => values.All(v => Compare(value, v, type) != 0),
        _ => ((string)value).StartsWith((string)values[0], StringComparison.Ordinal),
    };

    // NaN is one value above all others, and the two zeros are equal.
    private static int Compare(object left, object right, PrimitiveType type) => (left, right) switch
    {
        (0f, 0f) or (0d, 0d) => 0,
        _ => SingleValue.Compare(left, right, type),
    };
}
