using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Features.Iceberg.Spec;

public static partial class SingleValue
{
    /// <summary>The JSON form of a value, as defaults hold it (Appendix D); null of null.</summary>
    /// <exception cref="FormatException">The value is not of the type, or the type has no JSON form.</exception>
    public static JsonNode? ToJson(object? value, IcebergType type) => (type, value) switch
    {
        (_, null) => null,
        (PrimitiveType p, _) => ToJson(value, p),
        (ListType list, IReadOnlyList<object?> items) => new JsonArray([.. items.Select(i => ToJson(i, list.Element))]),
        (StructType s, IReadOnlyDictionary<int, object?> fields) => new JsonObject(
            s.Fields.Where(f => fields.ContainsKey(f.Id)).Select(f => KeyValuePair.Create(f.Id.ToString(CultureInfo.InvariantCulture), ToJson(fields[f.Id], f.Type)))),
        (MapType map, IReadOnlyList<KeyValuePair<object, object?>> pairs) => new JsonObject
        {
            ["keys"] = new JsonArray([.. pairs.Select(p => ToJson(p.Key, map.Key))]),
            ["values"] = new JsonArray([.. pairs.Select(p => ToJson(p.Value, map.Value))]),
        },
        _ => throw new FormatException($"a value of {value.GetType().Name} has no JSON form as {SchemaJson.NameOf(type)}"),
    };

    /// <summary>Reads the JSON form; null of JSON null.</summary>
    /// <exception cref="FormatException">The JSON is no value of the type.</exception>
    public static object? FromJson(JsonElement json, IcebergType type)
    {
        if (json.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        switch (type)
        {
            case PrimitiveType primitive:
                return FromJson(json, primitive);
            case ListType list when json.ValueKind == JsonValueKind.Array:
                return json.EnumerateArray().Select(item => FromJson(item, list.Element)).ToArray();
            case StructType s when json.ValueKind == JsonValueKind.Object:
                return s.Fields.Select(f => (f, Found: json.TryGetProperty(f.Id.ToString(CultureInfo.InvariantCulture), out var child), child))
                    .Where(x => x.Found)
                    .ToDictionary(x => x.f.Id, x => FromJson(x.child, x.f.Type));
            case MapType map when json.ValueKind == JsonValueKind.Object && json.TryGetProperty("keys", out var keys) && json.TryGetProperty("values", out var values)
                && keys.ValueKind == JsonValueKind.Array && values.ValueKind == JsonValueKind.Array && keys.GetArrayLength() == values.GetArrayLength():
                return keys.EnumerateArray().Zip(values.EnumerateArray())
                    .Select(p => KeyValuePair.Create(FromJson(p.First, map.Key) ?? throw new FormatException("a map key is null"), FromJson(p.Second, map.Value)))
                    .ToArray();
            default:
                throw Unreadable(json, type);
        }
    }

    private static JsonNode ToJson(object value, PrimitiveType type) => (type.Kind, value) switch
    {
        (PrimitiveKind.Boolean, bool b) => b,
        (PrimitiveKind.Int, int i) => i,
        (PrimitiveKind.Long, long l) => l,
        (PrimitiveKind.Float, float f) when float.IsFinite(f) => f,
        (PrimitiveKind.Double, double d) when double.IsFinite(d) => d,
        (PrimitiveKind.Fixed or PrimitiveKind.Binary, byte[] b) => System.Convert.ToHexStringLower(b),
        (PrimitiveKind.Float or PrimitiveKind.Double or PrimitiveKind.Fixed or PrimitiveKind.Binary or PrimitiveKind.Variant or PrimitiveKind.Unknown, _) =>
            throw new FormatException($"'{value}' has no JSON form as {SchemaJson.NameOf(type)}"),
        _ => ValueText.Format(value, type),
    };

    private static object FromJson(JsonElement json, PrimitiveType type)
    {
        switch (type.Kind, json.ValueKind)
        {
            case (PrimitiveKind.Boolean, JsonValueKind.True or JsonValueKind.False):
                return json.GetBoolean();
            case (PrimitiveKind.Int, JsonValueKind.Number) when json.TryGetInt32(out var i):
                return i;
            case (PrimitiveKind.Long, JsonValueKind.Number) when json.TryGetInt64(out var l):
                return l;
            case (PrimitiveKind.Float, JsonValueKind.Number) when json.TryGetSingle(out var f):
                return f;
            case (PrimitiveKind.Double, JsonValueKind.Number) when json.TryGetDouble(out var d):
                return d;
            case (PrimitiveKind.Fixed or PrimitiveKind.Binary, JsonValueKind.String):
                var bytes = System.Convert.FromHexString(json.GetString()!);
                return type.Kind == PrimitiveKind.Fixed && bytes.Length != type.Length ? throw Unreadable(json, type) : bytes;
            case (PrimitiveKind.Decimal or PrimitiveKind.Date or PrimitiveKind.Time or PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz
                or PrimitiveKind.TimestampNs or PrimitiveKind.TimestampTzNs or PrimitiveKind.String or PrimitiveKind.Uuid, JsonValueKind.String):
                return ValueText.TryParse(json.GetString()!, type) ?? throw Unreadable(json, type);
            default:
                throw Unreadable(json, type);
        }
    }

    private static FormatException Unreadable(JsonElement json, IcebergType type) => new($"{json.GetRawText()} is no value of {SchemaJson.NameOf(type)}");
}
