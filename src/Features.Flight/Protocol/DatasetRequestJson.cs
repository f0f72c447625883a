using System.Buffers;
using System.Text.Json;
using Features.Ordering;

namespace Features.Flight.Protocol;

/// <summary>Requests as the JSON of <c>schemas/flight/request.schema.json</c>.</summary>
public static class DatasetRequestJson
{
    private const int MaxBytes = 1 << 20;

    /// <summary>The request as UTF-8 JSON; members with their default value are left out.</summary>
    public static ReadOnlyMemory<byte> ToJson(this DatasetRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString(request.Table is null ? "dataset" : "table", request.Dataset);
        WriteSelection(json, request);
        json.WriteNumber("batch", request.Batch);
        json.WriteString("shuffle", request.Shuffle.ToName());
        if (request.Grouping is { } grouping)
        {
            json.WritePropertyName("grouping");
            grouping.WriteTo(json);
        }

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

        if (request.Follow)
        {
            json.WriteBoolean("follow", true);
        }

        if (request.MaxMessageBytes is { } bytes)
        {
            json.WriteNumber("max_message_bytes", bytes);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Reads a request and checks all of it.</summary>
    /// <exception cref="FormatException">It is no such JSON, or breaks rules; the message names every one that it breaks.</exception>
    public static DatasetRequest Parse(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            throw new FormatException($"the command has {json.Length} bytes; at most {MaxBytes} are read");
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return DatasetRequestReader.Read(document.RootElement);
        }
        // A text that is no Unicode is found when it is taken, as another kind of fault.
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new FormatException($"the command is no JSON object as schemas/flight/request.schema.json describes it: {fault.Message}", fault);
        }
    }

    internal static void WriteTo(Utf8JsonWriter json, IReadOnlyList<string> names)
    {
        json.WriteStartArray();
        foreach (var name in names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }

    private static void WriteSelection(Utf8JsonWriter json, DatasetRequest request)
    {
        if (request.Table?.Snapshot is { } snapshot)
        {
            json.WriteString("snapshot", SnapshotIds.ToText(snapshot));
        }

        if (request.Table?.Ref is { } name)
        {
            json.WriteString("ref", name);
        }

        if (request.Table?.AsOf is { } moment)
        {
            json.WriteString("as_of", Moments.ToText(moment));
        }

        if (request.Filter is { } filter)
        {
            json.WriteString("filter", filter);
        }

        if (request.Columns is { } columns)
        {
            json.WritePropertyName("columns");
            WriteTo(json, columns);
        }

        if (request.Tensor is { } tensor)
        {
            json.WriteString("layout", "tensor");
            json.WritePropertyName("tensor");
            TensorJson.WriteTo(json, tensor);
        }
    }
}
