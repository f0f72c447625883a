using System.Text;
using System.Text.Json;

namespace Features.Iceberg.Spec;

/// <summary>Schemas and types as JSON (Appendix C).</summary>
public static class SchemaJson
{
    // Deep enough for any nesting that people write, shallow enough for the stack.
    internal static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = 256 };

    /// <summary>Reads a schema from its JSON text.</summary>
    /// <param name="json">The JSON text.</param>
    /// <param name="location">What holds it, for error messages.</param>
    /// <exception cref="InvalidFileException">It is no schema; the message names every field at fault.</exception>
    public static Schema Parse(string json, string location)
    {
        var faults = new List<string>();
        try
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            JsonText.Check(bytes, DocumentOptions);
            using var document = JsonDocument.Parse(bytes, DocumentOptions);
            var schema = Read(new JsonAt(document.RootElement, null, faults), 0);
            return faults.Count == 0 ? schema : throw new InvalidFileException(location, $"its schema is not valid: {string.Join("; ", faults)}");
        }
        catch (JsonException e)
        {
            throw new InvalidFileException(location, $"its schema is not JSON: {e.Message}", e);
        }
    }

    /// <summary>The schema's JSON text.</summary>
    public static string ToJson(Schema schema)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            Write(writer, schema);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>The name of a type as the specification writes it: <c>decimal(9, 2)</c>, <c>list&lt;string&gt;</c>, ….</summary>
    public static string NameOf(IcebergType type) => TypeName.Of(type);

    // Readable text: names and documentation in any script are not escaped.
    internal static readonly JsonWriterOptions WriterOptions = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static Schema Read(JsonAt json, int defaultId)
    {
        var type = json.IsObject() ? ReadType(json) : null;
        if (type is not StructType fields)
        {
            json.Faults.Add($"'{(json.Path.Length == 0 ? "schema" : json.Path)}' must be a struct");
            return new Schema(defaultId, [], []);
        }

        var schema = new Schema(json.FindInt("schema-id") ?? defaultId, fields.Fields, [.. json.FindItems("identifier-field-ids").Select(i => i.AsInt())]);
        var all = schema.AllFields().Select(f => f.Id).ToList();
        json.Faults.AddRange(all.GroupBy(id => id).Where(g => g.Count() > 1).Select(g => $"'{json.Path}' gives field id {g.Key} {g.Count()} times"));
        json.Faults.AddRange(schema.IdentifierFieldIds.Except(all).Select(id => $"'{json.Path}.identifier-field-ids' names field {id}, which the schema lacks"));
        return schema;
    }

    internal static void Write(Utf8JsonWriter writer, Schema schema)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "struct");
        writer.WriteNumber("schema-id", schema.SchemaId);
        if (schema.IdentifierFieldIds.Count > 0)
        {
            writer.WriteStartArray("identifier-field-ids");
            foreach (var id in schema.IdentifierFieldIds)
            {
                writer.WriteNumberValue(id);
            }

            writer.WriteEndArray();
        }

        WriteFields(writer, schema.Fields);
        writer.WriteEndObject();
    }

    private static IcebergType ReadType(JsonAt json)
    {
        if (json.Element.ValueKind == JsonValueKind.String)
        {
            return TypeName.TryParse(json.AsString()) ?? json.Fault("a type of the specification", new PrimitiveType(PrimitiveKind.Unknown));
        }

        if (!json.IsObject())
        {
            return new PrimitiveType(PrimitiveKind.Unknown);
        }

        switch (json.String("type"))
        {
            case "struct":
                return new StructType([.. (json.Get("fields")?.Items() ?? []).Select(ReadField)]);
            case "list":
                return new ListType(json.Int("element-id"), ReadChild(json, "element"), json.Bool("element-required"));
            case "map":
                return new MapType(json.Int("key-id"), ReadChild(json, "key"), json.Int("value-id"), ReadChild(json, "value"), json.Bool("value-required"));
            case "":
                return new PrimitiveType(PrimitiveKind.Unknown);
            default:
                return json.Fault("a struct, list or map", new PrimitiveType(PrimitiveKind.Unknown));
        }
    }

    private static IcebergType ReadChild(JsonAt json, string name) => json.Get(name) is { } child ? ReadType(child) : new PrimitiveType(PrimitiveKind.Unknown);

    private static NestedField ReadField(JsonAt json)
    {
        var type = ReadChild(json, "type");
        return new NestedField(
            json.Int("id"), json.String("name"), type, json.Bool("required"), json.FindString("doc"), ReadDefault(json, "initial-default", type), ReadDefault(json, "write-default", type));
    }

    private static object? ReadDefault(JsonAt json, string name, IcebergType type)
    {
        if (json.Find(name) is not { } value)
        {
            return null;
        }

        try
        {
            return SingleValue.FromJson(value.Element, type);
        }
        catch (FormatException)
        {
            return value.Fault<object?>($"a value of {NameOf(type)}", null);
        }
    }

    private static void WriteFields(Utf8JsonWriter writer, IReadOnlyList<NestedField> fields)
    {
        writer.WriteStartArray("fields");
        foreach (var field in fields)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", field.Id);
            writer.WriteString("name", field.Name);
            writer.WriteBoolean("required", field.Required);
            WriteType(writer, "type", field.Type);
            if (field.Doc is not null)
            {
                writer.WriteString("doc", field.Doc);
            }

            WriteDefault(writer, "initial-default", field.InitialDefault, field.Type);
            WriteDefault(writer, "write-default", field.WriteDefault, field.Type);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteType(Utf8JsonWriter writer, string name, IcebergType type)
    {
        if (type is PrimitiveType)
        {
            writer.WriteString(name, NameOf(type));
            return;
        }

        writer.WriteStartObject(name);
        switch (type)
        {
            case StructType s:
                writer.WriteString("type", "struct");
                WriteFields(writer, s.Fields);
                break;
            case ListType l:
                writer.WriteString("type", "list");
                writer.WriteNumber("element-id", l.ElementId);
                WriteType(writer, "element", l.Element);
                writer.WriteBoolean("element-required", l.ElementRequired);
                break;
            case MapType m:
                writer.WriteString("type", "map");
                writer.WriteNumber("key-id", m.KeyId);
                WriteType(writer, "key", m.Key);
                writer.WriteNumber("value-id", m.ValueId);
                WriteType(writer, "value", m.Value);
                writer.WriteBoolean("value-required", m.ValueRequired);
                break;
        }

        writer.WriteEndObject();
    }

    private static void WriteDefault(Utf8JsonWriter writer, string name, object? value, IcebergType type)
    {
        if (value is not null)
        {
            writer.WritePropertyName(name);
            SingleValue.ToJson(value, type)!.WriteTo(writer);
        }
    }
}
