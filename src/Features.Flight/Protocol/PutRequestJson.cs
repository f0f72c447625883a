using System.Buffers;
using System.Text.Json;

namespace Features.Flight.Protocol;

/// <summary>Puts' requests as the JSON of <c>schemas/flight/put/request.schema.json</c>.</summary>
public static class PutRequestJson
{
    private const int MaxBytes = 64 << 10;
    private static readonly string[] Known = ["table", "push", "id"];

    /// <summary>The request as UTF-8 JSON.</summary>
    public static ReadOnlyMemory<byte> ToJson(this PutRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        foreach (var (name, value) in new[] { ("table", request.Table), ("push", request.Push), ("id", request.Id) })
        {
            if (value is not null)
            {
                json.WriteString(name, value);
            }
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Reads a request and checks all of it.</summary>
    /// <exception cref="FormatException">It is no such JSON, or breaks rules; the message names every one that it breaks.</exception>
    public static PutRequest Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            throw new FormatException($"the command has {json.Length} bytes; at most {MaxBytes} are read");
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            return Read(document.RootElement);
        }
        catch (JsonException fault)
        {
            throw new FormatException($"the command is no JSON object as schemas/flight/put/request.schema.json describes it: {fault.Message}", fault);
        }
    }

    private static PutRequest Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("the command must be a JSON object, as schemas/flight/put/request.schema.json describes it");
        }

        var faults = json.EnumerateObject().Where(member => !Known.Contains(member.Name))
            .Select(member => $"'{member.Name}' is unknown; known are {string.Join(", ", Known)}").ToList();
        var (table, push, id) = (Text(json, "table", faults), Text(json, "push", faults), Text(json, "id", faults));
        if (json.TryGetProperty("table", out _) == json.TryGetProperty("push", out _))
        {
            faults.Add("it must have either 'table', namespace.name, or 'push', the name of a push source");
        }

        if (table?.Contains('.', StringComparison.Ordinal) == false)
        {
            faults.Add($"'table' is '{table}'; write namespace.name");
        }

        if (id is not null && !PutRequest.IsId(id))
        {
            faults.Add($"'id' must be 1 to {PutRequest.MaxId} letters, digits and dashes, such as a UUID");
        }

        return faults.Count > 0 ? throw new FormatException("the put is refused: " + string.Join("; ", faults))
            : (push is null ? PutRequest.ToTable(table!) : PutRequest.ToPush(push)) with { Id = id };
    }

    private static string? Text(JsonElement json, string name, List<string> faults)
    {
        if (!json.TryGetProperty(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        faults.Add($"'{name}' must be a text that is not empty");
        return null;
    }
}
