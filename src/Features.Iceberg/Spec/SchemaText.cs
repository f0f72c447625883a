using System.Globalization;

namespace Features.Iceberg.Spec;

/// <summary>
/// Schemas as people write them: <c>id long required, at timestamptz, p struct&lt;x: double, y: double&gt;, tags list&lt;string&gt;, m map&lt;string, decimal(9, 2)&gt;</c>.
/// A column is its name, its type, and at will <c>required</c> (or <c>not null</c>) and <c>comment '…'</c>; names of other characters stand in double quotes. Types are named as the specification names them.
/// </summary>
public static class SchemaText
{
    private const string TypeExpected =
        "a type: boolean, int, long, float, double, decimal(P, S), date, time, timestamp, timestamptz, timestamp_ns, timestamptz_ns, string, uuid, fixed[N], binary, struct<name: type, …>, list<type> or map<type, type>";

    /// <summary>Reads a schema; ids are given out from 1 in the order of reading.</summary>
    /// <exception cref="InvalidTableArgumentException">It is none; the message marks the place and says what was expected there.</exception>
    public static Schema Parse(string text)
    {
        var ids = 0;
        var cursor = new TextCursor(text, "the schema");
        var fields = Fields(cursor, () => ++ids, end: null);
        return new Schema(0, fields, []);
    }

    /// <summary>Reads one type.</summary>
    /// <exception cref="InvalidTableArgumentException">It is none.</exception>
    public static IcebergType ParseType(string text)
    {
        var ids = 0;
        var cursor = new TextCursor(text, "the type");
        var type = Type(cursor, () => ++ids);
        return cursor.IsAtEnd ? type : throw cursor.Expected("nothing more");
    }

    /// <summary>Reads what follows a column's name, and leaves the cursor behind it.</summary>
    internal static NestedField Described(TextCursor cursor, Func<int> nextId, string name)
    {
        var id = nextId();
        cursor.TryTake(':');

        // As metadata prints them, the word may stand before the type.
        var (isRequired, isOptional) = (cursor.TryTakeWord("required"), false);
        if (!isRequired)
        {
            isOptional = cursor.TryTakeWord("optional");
        }

        var type = Type(cursor, nextId);
        if (!isRequired && !isOptional)
        {
            isRequired = cursor.TryTakeWord("required") || IsNotNull(cursor);
            _ = isRequired || cursor.TryTakeWord("optional");
        }

        var doc = cursor.TryTakeWord("comment") || cursor.TryTakeWord("doc") ? cursor.Quoted("a text in single quotes") : null;
        return new NestedField(id, name, type, isRequired, doc);
    }

    private static List<NestedField> Fields(TextCursor cursor, Func<int> nextId, char? end)
    {
        var fields = new List<NestedField>();
        do
        {
            fields.Add(Described(cursor, nextId, cursor.Name("a column's name")));
        }
        while (cursor.TryTake(','));

        if (end is { } mark)
        {
            cursor.Take(mark, "or a comma and another field");
        }
        else if (!cursor.IsAtEnd)
        {
            throw cursor.Expected("a comma and another column, 'required', 'comment', or the end");
        }

        return fields;
    }

    private static IcebergType Type(TextCursor cursor, Func<int> nextId)
    {
        if (cursor.TryTakeWord("struct"))
        {
            cursor.Take('<', "after struct");
            return new StructType(Fields(cursor, nextId, '>'));
        }

        if (cursor.TryTakeWord("list") || cursor.TryTakeWord("array"))
        {
            cursor.Take('<', "after list");
            var id = nextId();
            var element = Type(cursor, nextId);
            var isRequired = cursor.TryTakeWord("required") || IsNotNull(cursor);
            cursor.Take('>', "after the element's type");
            return new ListType(id, element, isRequired);
        }

        if (cursor.TryTakeWord("map"))
        {
            cursor.Take('<', "after map");
            var keyId = nextId();
            var key = Type(cursor, nextId);
            cursor.Take(',', "between the key's type and the value's");
            var valueId = nextId();
            var value = Type(cursor, nextId);
            var isRequired = cursor.TryTakeWord("required") || IsNotNull(cursor);
            cursor.Take('>', "after the value's type");
            return new MapType(keyId, key, valueId, value, isRequired);
        }

        return Primitive(cursor);
    }

    private static PrimitiveType Primitive(TextCursor cursor)
    {
        if (cursor.TryTakeWord("decimal") || cursor.TryTakeWord("numeric"))
        {
            cursor.Take('(', "after decimal");
            var precision = cursor.Number("the number of digits, 1 to 38");
            var scale = cursor.TryTake(',') ? cursor.Number("the number of digits after the point") : 0;
            cursor.Take(')', "after the scale");
            return TypeName.TryParse(string.Create(CultureInfo.InvariantCulture, $"decimal({precision}, {scale})")) ?? throw cursor.Expected("before here at most 38 digits, and no more of them after the point than in all");
        }

        if (cursor.TryTakeWord("fixed"))
        {
            var close = cursor.TryTake('(') ? ')' : ']';
            if (close == ']')
            {
                cursor.Take('[', "after fixed");
            }

            var length = cursor.Number("the number of bytes");
            cursor.Take(close, "after the number of bytes");
            return new PrimitiveType(PrimitiveKind.Fixed, Length: length);
        }

        foreach (var (word, name) in Words)
        {
            if (cursor.TryTakeWord(word))
            {
                return TypeName.TryParse(name)!;
            }
        }

        throw cursor.Expected(TypeExpected);
    }

    // The specification's words, and those of SQL that mean the same.
    private static readonly (string Word, string Name)[] Words =
    [
        .. new[] { "boolean", "int", "long", "float", "double", "date", "time", "timestamp", "timestamptz", "timestamp_ns", "timestamptz_ns", "string", "uuid", "binary", "unknown", "variant" }.Select(w => (w, w)),
        ("integer", "int"), ("bigint", "long"), ("varchar", "string"), ("bool", "boolean"),
    ];

    private static bool IsNotNull(TextCursor cursor) => cursor.TryTakeWord("not") && (cursor.TryTakeWord("null") ? true : throw cursor.Expected("'null' after 'not'"));
}
