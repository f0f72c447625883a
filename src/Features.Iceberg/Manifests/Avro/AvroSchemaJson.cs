using System.Text.Json;

namespace Features.Iceberg.Manifests.Avro;

/// <summary>Reads a writer's schema. Recursive types are refused: Iceberg's files have none, and hostile ones would exhaust the stack.</summary>
internal sealed class AvroSchemaJson
{
    private const long MaxWeight = 4096;

    private readonly Dictionary<string, AvroSchema?> named = [];

    /// <summary>Parses a schema.</summary>
    /// <exception cref="InvalidDataException">It is no Avro schema, or is recursive.</exception>
    public static AvroSchema Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 128 });
            return new AvroSchemaJson().Read(document.RootElement, "");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new InvalidDataException($"its Avro schema is malformed: {e.Message}", e);
        }
    }

    private AvroSchema Read(JsonElement json, string space)
    {
        var schema = json.ValueKind switch
        {
            JsonValueKind.String => Named(json.GetString()!, space),
            JsonValueKind.Array => new AvroUnion([.. json.EnumerateArray().Select(branch => Read(branch, space))]),
            _ => ReadObject(json, space),
        };
        return schema.Weight <= MaxWeight ? schema : throw new InvalidDataException("its Avro schema is too large");
    }

    private AvroSchema ReadObject(JsonElement json, string space)
    {
        var type = json.GetProperty("type");
        if (type.ValueKind != JsonValueKind.String)
        {
            return Read(type, space);
        }

        switch (type.GetString())
        {
            case "array":
                return new AvroArray(Read(json.GetProperty("items"), space));
            case "map":
                return new AvroMap(Read(json.GetProperty("values"), space));
            case "fixed":
                var size = json.GetProperty("size").GetInt32();
                return size < 0 ? throw new InvalidDataException($"its Avro schema has a fixed type of {size} bytes") : Define(json, space, _ => new AvroFixed(size));
            case "enum":
                return Define(json, space, _ => new AvroEnum([.. json.GetProperty("symbols").EnumerateArray().Select(Text)]));
            case "record" or "error":
                return Define(json, space, inner => new AvroRecord([.. json.GetProperty("fields").EnumerateArray().Select(f => ReadField(f, inner))]));
            default:
                return Named(type.GetString()!, space);
        }
    }

    private AvroField ReadField(JsonElement json, string space) => new(
        Text(json.GetProperty("name")),
        json.TryGetProperty("field-id", out var id) ? id.GetInt32() : null,
        Read(json.GetProperty("type"), space));

    private AvroSchema Define(JsonElement json, string space, Func<string, AvroSchema> read)
    {
        var name = Text(json.GetProperty("name"));
        var inner = name.Contains('.', StringComparison.Ordinal) ? name[..name.LastIndexOf('.')]
            : json.TryGetProperty("namespace", out var declared) ? declared.GetString() ?? "" : space;
        var full = FullName(name, inner);
        // Writers that name every fixed alike redefine the name; the latest definition counts.
        named[full] = null;
        var schema = read(inner);
        named[full] = schema;
        return schema;
    }

    private AvroSchema Named(string name, string space) => name switch
    {
        "null" => new AvroPrimitive(AvroKind.Null),
        "boolean" => new AvroPrimitive(AvroKind.Boolean),
        "int" => new AvroPrimitive(AvroKind.Int),
        "long" => new AvroPrimitive(AvroKind.Long),
        "float" => new AvroPrimitive(AvroKind.Float),
        "double" => new AvroPrimitive(AvroKind.Double),
        "bytes" => new AvroPrimitive(AvroKind.Bytes),
        "string" => new AvroPrimitive(AvroKind.String),
        _ when named.TryGetValue(FullName(name, space), out var schema) || named.TryGetValue(name, out schema) =>
            schema ?? throw new InvalidDataException($"its Avro type '{name}' contains itself"),
        _ => throw new InvalidDataException($"its Avro schema has no type '{name}'"),
    };

    private static string Text(JsonElement json) => json.GetString() ?? throw new InvalidDataException("its Avro schema has null for a name");

    private static string FullName(string name, string space) => space.Length == 0 || name.Contains('.', StringComparison.Ordinal) ? name : $"{space}.{name}";
}
