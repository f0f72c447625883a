using System.Buffers;
using System.Text.Json;
using Features.Ordering;

namespace Features.Flight.Protocol;

/// <summary>Requests as the JSON of <c>schemas/flight/request.schema.json</c>.</summary>
public static class DatasetRequestJson
{
    /// <summary>The request as UTF-8 JSON; members with their default value are left out.</summary>
    public static ReadOnlyMemory<byte> ToJson(this DatasetRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("dataset", request.Dataset);
        json.WriteNumber("batch", request.Batch);
        json.WriteString("shuffle", request.Shuffle.ToName());
        json.WriteNumber("seed", request.Seed);
        if (request.State is { } state)
        {
            json.WritePropertyName("state");
            state.WriteTo(json);
        }
        else
        {
            json.WriteNumber("epoch", request.Epoch);
            json.WriteNumber("position", request.Position);
        }

        json.WriteNumber("rank", request.Rank);
        json.WriteNumber("world", request.World);
        if (request.Tail is { } tail)
        {
            json.WriteString("tail", tail.ToName());
        }

        if (request.Columns is { } columns)
        {
            json.WriteStartArray("columns");
            foreach (var column in columns)
            {
                json.WriteStringValue(column);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Reads a request and checks all of it.</summary>
    /// <exception cref="FormatException">It is no such JSON, or breaks rules; the message names every one that it breaks.</exception>
    public static DatasetRequest Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return new DatasetRequestReader(document.RootElement).Read();
        }
        catch (JsonException fault)
        {
            throw new FormatException($"the command is no JSON object as schemas/flight/request.schema.json describes it: {fault.Message}", fault);
        }
    }
}
