using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Scans;

/// <summary>
/// Conditions on rows as people write them in SQL, as far as a filter means exactly the same: columns compared with constants (<c>=</c>, <c>&lt;&gt;</c>, <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c>, <c>&gt;=</c>,
/// IN, BETWEEN, LIKE 'prefix%', IS NULL, IS NAN), with AND, OR, NOT and parentheses. Everything else is refused at its place, never approximated: what is deleted by a condition is deleted by it alone.
/// </summary>
public static class FilterText
{
    private const string ComparisonExpected = "=, <>, <, <=, >, >=, IN, BETWEEN, LIKE, IS NULL or IS NAN";

    /// <summary>Reads a condition over a schema.</summary>
    /// <exception cref="InvalidTableArgumentException">It is none, names no column, or says what a filter cannot; the message marks the place.</exception>
    public static Filter Parse(string text, Schema schema)
    {
        var cursor = new TextCursor(text, "the condition");
        var filter = Or(cursor, schema);
        return cursor.IsAtEnd ? filter : throw cursor.Expected("AND, OR, or the end: only comparisons of columns with constants are taken here");
    }

    private static Filter Or(TextCursor cursor, Schema schema)
    {
        var filter = And(cursor, schema);
        while (cursor.TryTakeWord("or"))
        {
            filter = filter.Or(And(cursor, schema));
        }

        return filter;
    }

    private static Filter And(TextCursor cursor, Schema schema)
    {
        var filter = Not(cursor, schema);
        while (cursor.TryTakeWord("and"))
        {
            filter = filter.And(Not(cursor, schema));
        }

        return filter;
    }

    private static Filter Not(TextCursor cursor, Schema schema)
    {
        if (cursor.TryTakeWord("not"))
        {
            return Not(cursor, schema).Not();
        }

        if (cursor.TryTake('('))
        {
            var inner = Or(cursor, schema);
            cursor.Take(')', "after the condition");
            return inner;
        }

        return cursor.TryTakeWord("true") ? Filter.True : Predicate(cursor, schema);
    }

    private static Filter Predicate(TextCursor cursor, Schema schema)
    {
        var name = cursor.Name("a column to compare");
        var column = Find(name, schema, cursor);
        if (cursor.TryTakeWord("is"))
        {
            var isNot = cursor.TryTakeWord("not");
            return cursor.TryTakeWord("null") ? Filter.Compare(column.Name, isNot ? Comparison.NotNull : Comparison.IsNull)
                : cursor.TryTakeWord("nan") ? Filter.Compare(column.Name, isNot ? Comparison.NotNan : Comparison.IsNan)
                : throw cursor.Expected("NULL, NOT NULL, NAN or NOT NAN");
        }

        if (column.Type is not PrimitiveType type)
        {
            throw cursor.Expected($"IS NULL or IS NOT NULL: column '{column.Name}' is nested and cannot be compared");
        }

        var negated = cursor.TryTakeWord("not");
        var filter = cursor.TryTakeWord("in") ? In(cursor, column.Name, type)
            : cursor.TryTakeWord("between") ? Between(cursor, column.Name, type)
            : cursor.TryTakeWord("like") ? Like(cursor, column.Name, type)
            : negated ? throw cursor.Expected("IN, BETWEEN or LIKE after NOT")
            : Filter.Compare(column.Name, Operator(cursor), Constant(cursor, type, column.Name));
        return negated ? filter.Not() : filter;
    }

    private static Filter In(TextCursor cursor, string column, PrimitiveType type)
    {
        cursor.Take('(', "after IN");
        var values = new List<object>();
        do
        {
            values.Add(Constant(cursor, type, column));
        }
        while (cursor.TryTake(','));

        cursor.Take(')', "after the constants");
        return Filter.Compare(column, Comparison.In, [.. values]);
    }

    private static Filter Between(TextCursor cursor, string column, PrimitiveType type)
    {
        var low = Constant(cursor, type, column);
        if (!cursor.TryTakeWord("and"))
        {
            throw cursor.Expected("AND and the upper constant of BETWEEN");
        }

        return Filter.Compare(column, Comparison.GreaterOrEqual, low).And(Filter.Compare(column, Comparison.LessOrEqual, Constant(cursor, type, column)));
    }

    private static Filter Like(TextCursor cursor, string column, PrimitiveType type)
    {
        var pattern = type.Kind == PrimitiveKind.String ? cursor.Quoted("a pattern in single quotes") : throw cursor.Expected($"another comparison: column '{column}' is {SchemaJson.NameOf(type)}");
        return pattern.EndsWith('%') && pattern.AsSpan(0, pattern.Length - 1).IndexOfAny('%', '_', '\\') < 0
            ? Filter.Compare(column, Comparison.StartsWith, pattern[..^1])
            : throw cursor.Expected($"before here a pattern that is a beginning and one %, such as 'SF%'; '{pattern}' is not taken");
    }

    private static Comparison Operator(TextCursor cursor)
    {
        if (cursor.TryTake('<'))
        {
            return cursor.TryTake('=') ? Comparison.LessOrEqual : cursor.TryTake('>') ? Comparison.NotEqual : Comparison.Less;
        }

        if (cursor.TryTake('>'))
        {
            return cursor.TryTake('=') ? Comparison.GreaterOrEqual : Comparison.Greater;
        }

        if (cursor.TryTake('!'))
        {
            cursor.Take('=', "after !");
            return Comparison.NotEqual;
        }

        return cursor.TryTake('=') ? Comparison.Equal : throw cursor.Expected(ComparisonExpected);
    }

    private static object Constant(TextCursor cursor, PrimitiveType type, string column)
    {
        if (cursor.TryTakeWord("null"))
        {
            throw cursor.Expected("before here a constant; NULL is compared by IS NULL");
        }

        if (cursor.TryTakeWord("true"))
        {
            return SingleValue.Convert(true, type, column);
        }

        if (cursor.TryTakeWord("false"))
        {
            return SingleValue.Convert(false, type, column);
        }

        if (cursor.TryNumber() is { } number)
        {
            return type.Kind == PrimitiveKind.String
                ? throw cursor.Expected($"before here a text in single quotes: column '{column}' is a string")
                : SingleValue.Convert(NumberOf(number, type), type, column);
        }

        // A type's name before the text says no more than the column's own type.
        _ = cursor.TryTakeWord("date") || cursor.TryTakeWord("timestamptz") || cursor.TryTakeWord("timestamp") || cursor.TryTakeWord("time") || cursor.TryTakeWord("uuid");
        var text = cursor.Quoted("a constant: a number, a text in single quotes, true or false");
        return SingleValue.Convert(type.Kind is PrimitiveKind.Binary or PrimitiveKind.Fixed ? Bytes(text, cursor) : WithTime(text, type), type, column);
    }

    private static object NumberOf(string number, PrimitiveType type) => type.Kind switch
    {
        PrimitiveKind.Float => float.Parse(number, CultureInfo.InvariantCulture),
        PrimitiveKind.Double => double.Parse(number, CultureInfo.InvariantCulture),
        PrimitiveKind.Int or PrimitiveKind.Long when long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ => number,
    };

    // A day alone is its first moment, in UTC for a moment with a zone.
    private static string WithTime(string text, PrimitiveType type) => ValueText.TryParse(text, new PrimitiveType(PrimitiveKind.Date)) is null ? text : type.Kind switch
    {
        PrimitiveKind.Timestamp or PrimitiveKind.TimestampNs => $"{text}T00:00:00",
        PrimitiveKind.TimestampTz or PrimitiveKind.TimestampTzNs => $"{text}T00:00:00+00:00",
        _ => text,
    };

    private static byte[] Bytes(string text, TextCursor cursor)
    {
        try
        {
            return Convert.FromHexString(text);
        }
        catch (FormatException)
        {
            throw cursor.Expected("before here the bytes in hexadecimal, such as '00ff'");
        }
    }

    private static NestedField Find(string name, Schema schema, TextCursor cursor)
    {
        NestedField[] near = [.. schema.Fields.Where(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase))];
        return schema.Find(name) ?? (near is [var only] ? only : throw cursor.Expected($"before here a column; '{name}' is none, the columns are {string.Join(", ", schema.Fields.Select(f => f.Name))}"));
    }
}
