using System.Text.Json.Nodes;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Analysis;

/// <summary>
/// A SELECT's WHERE as a filter over a table's columns that lets at least the rows through that the SELECT keeps: what it cannot say exactly, it leaves out.
/// </summary>
internal sealed class PruningCondition(Schema schema, string alias, ConstantValue constants)
{
    private static readonly Condition Anything = new(Filter.True, IsExact: false);

    /// <summary>The filter for the one place where a statement reads a relation; <see cref="Filter.True"/> where it reads it elsewhere too, or joins it.</summary>
    internal static Filter Of(JsonObject statement, string relation, Schema schema, ConstantValue constants)
    {
        var tables = Tables(statement).ToList();
        if (tables is not [{ } table] || !Name(table).Equals(relation, StringComparison.OrdinalIgnoreCase))
        {
            return Filter.True;
        }

        var select = Selects(statement).FirstOrDefault(s => s["from_table"] == table);
        return select?["where_clause"] is JsonObject where && !table.Has("sample") && table["column_name_alias"] is not JsonArray { Count: > 0 }
            ? new PruningCondition(schema, table.Text("alias") is { Length: > 0 } alias ? alias : table.Text("table_name"), constants).Translate(where).Filter
            : Filter.True;
    }

    private Condition Translate(JsonObject expression) => (expression.Class(), expression.Text("type")) switch
    {
        ("CONJUNCTION", "CONJUNCTION_AND") => expression.Items("children").Select(Translate).Aggregate((a, b) => new(a.Filter.And(b.Filter), a.IsExact && b.IsExact)),
        ("CONJUNCTION", "CONJUNCTION_OR") => expression.Items("children").Select(Translate).Aggregate((a, b) => new(a.Filter.Or(b.Filter), a.IsExact && b.IsExact)),
        ("OPERATOR", "OPERATOR_NOT") => Not(Translate(expression.Items("children").First())),
        ("OPERATOR", "OPERATOR_IS_NULL") => Test(expression.Items("children").First(), Comparison.IsNull),
        ("OPERATOR", "OPERATOR_IS_NOT_NULL") => Test(expression.Items("children").First(), Comparison.NotNull),
        ("OPERATOR", "COMPARE_IN") => In(expression, Comparison.In),
        ("OPERATOR", "COMPARE_NOT_IN") => In(expression, Comparison.NotIn),
        ("COMPARISON", var type) => Compare(expression["left"]!.AsObject(), expression["right"]!.AsObject(), type),
        ("BETWEEN", "COMPARE_BETWEEN") => Between(expression),
        ("FUNCTION", _) => Function(expression),
        ("COLUMN_REF", _) when Column(expression) is { Type: PrimitiveType { Kind: PrimitiveKind.Boolean } } column => new(Filter.Compare(column.Name, Comparison.Equal, true), IsExact: true),
        _ => Anything,
    };

    private Condition Compare(JsonObject left, JsonObject right, string type)
    {
        var (column, constant, comparison) = Column(left) is null ? (right, left, Mirrored(type)) : (left, right, Of(type));
        return comparison is { } known && Column(column) is { Type: PrimitiveType primitive } field && constants.Of(constant, primitive) is { } value
            ? new(Filter.Compare(field.Name, known, value), IsExact: true)
            : Anything;
    }

    private Condition Between(JsonObject expression)
    {
        var input = expression["input"]!.AsObject();
        var above = Compare(input, expression["lower"]!.AsObject(), "COMPARE_GREATERTHANOREQUALTO");
        var below = Compare(input, expression["upper"]!.AsObject(), "COMPARE_LESSTHANOREQUALTO");
        return new(above.Filter.And(below.Filter), above.IsExact && below.IsExact);
    }

    private Condition In(JsonObject expression, Comparison comparison)
    {
        var children = expression.Items("children").ToList();
        if (Column(children[0]) is not { Type: PrimitiveType type } column)
        {
            return Anything;
        }

        var values = children.Skip(1).Select(c => constants.Of(c, type)).ToList();
        return values.Count > 0 && values.All(v => v is not null) ? new(Filter.Compare(column.Name, comparison, [.. values.Select(v => v!)]), IsExact: true) : Anything;
    }

    private Condition Test(JsonObject expression, Comparison comparison) =>
        Column(expression) is { Type: PrimitiveType } column ? new(Filter.Compare(column.Name, comparison), IsExact: true) : Anything;

    private Condition Function(JsonObject expression)
    {
        var (name, arguments) = (expression.Text("function_name"), expression.Items("children").ToList());
        if (arguments.Count is 0 or > 2 || Column(arguments[0]) is not { Type: PrimitiveType type } column)
        {
            return Anything;
        }

        if (arguments.Count == 1)
        {
            return name == "isnan" && type.Kind is PrimitiveKind.Float or PrimitiveKind.Double ? new(Filter.Compare(column.Name, Comparison.IsNan), IsExact: true) : Anything;
        }

        if (type.Kind != PrimitiveKind.String || constants.Of(arguments[1], type) is not string text)
        {
            return Anything;
        }

        return name switch
        {
            "^@" or "starts_with" or "prefix" => new(Filter.Compare(column.Name, Comparison.StartsWith, text), IsExact: true),
            "~~" => Like(column.Name, text),
            "!~~" => Not(Like(column.Name, text)),
            _ => Anything,
        };
    }

    private static Condition Like(string column, string pattern)
    {
        var wildcard = pattern.AsSpan().IndexOfAny('%', '_');
        return wildcard switch
        {
            < 0 => new(Filter.Compare(column, Comparison.Equal, pattern), IsExact: true),
            0 => Anything,
            _ => new(Filter.Compare(column, Comparison.StartsWith, pattern[..wildcard]), IsExact: !pattern.AsSpan(wildcard).ContainsAnyExcept('%')),
        };
    }

    private static Condition Not(Condition inner) => inner.IsExact ? inner with { Filter = inner.Filter.Not() } : Anything;

    /// <summary>The column that a reference names, as the engine finds it: in any case, with or without the table's name.</summary>
    private NestedField? Column(JsonObject expression)
    {
        if (expression.Class() != "COLUMN_REF")
        {
            return null;
        }

        var parts = expression["column_names"]!.AsArray().Select(p => (string?)p ?? "").ToList();
        var name = parts switch
        {
            [var only] => only,
            [var table, var column] when Same(table, alias) && !schema.Fields.Any(f => Same(f.Name, table)) => column,
            _ => null,
        };
        return name is not null && schema.Fields.Where(f => Same(f.Name, name)).ToList() is [var field] ? field : null;
    }

    private static Comparison? Of(string type) => type switch
    {
        "COMPARE_EQUAL" => Comparison.Equal,
        "COMPARE_NOTEQUAL" => Comparison.NotEqual,
        "COMPARE_LESSTHAN" => Comparison.Less,
        "COMPARE_LESSTHANOREQUALTO" => Comparison.LessOrEqual,
        "COMPARE_GREATERTHAN" => Comparison.Greater,
        "COMPARE_GREATERTHANOREQUALTO" => Comparison.GreaterOrEqual,
        _ => null,
    };

    private static Comparison? Mirrored(string type) => Of(type) switch
    {
        Comparison.Less => Comparison.Greater,
        Comparison.LessOrEqual => Comparison.GreaterOrEqual,
        Comparison.Greater => Comparison.Less,
        Comparison.GreaterOrEqual => Comparison.LessOrEqual,
        var same => same,
    };

    private static IEnumerable<JsonObject> Tables(JsonObject node) =>
        node.Children().SelectMany(Tables).Concat(node.Text("type") == "BASE_TABLE" && !node.ContainsKey("class") ? [node] : []);

    private static IEnumerable<JsonObject> Selects(JsonObject node) =>
        node.Children().SelectMany(Selects).Concat(node.Text("type") == "SELECT_NODE" ? [node] : []);

    private static string Name(JsonObject table) => table.Text("schema_name") is { Length: > 0 } ns ? $"{ns}.{table.Text("table_name")}" : table.Text("table_name");

    private static bool Same(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);

    /// <summary>A part's filter; exact if it lets the very same rows through, so that it may be negated.</summary>
    private sealed record Condition(Filter Filter, bool IsExact);
}
