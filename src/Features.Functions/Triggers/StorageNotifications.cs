using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Features.Functions.Triggers;

/// <summary>Makes each store's notification of a new object into <see cref="ObjectCreated"/>. Pure.</summary>
public static class StorageNotifications
{
    /// <summary>Our own event type, for local folders and anything that has no type of its own: <c>data</c> is <c>{location, etag?, size?}</c>.</summary>
    public const string OwnType = "dev.features.object.created";

    private const string AzureType = "Microsoft.Storage.BlobCreated";
    private const string GcsType = "google.cloud.storage.object.v1.finalized";
    private const string EventBridgeType = "Object Created";

    /// <summary>The objects that an event's data tells of; none if the event is about something else.</summary>
    /// <exception cref="MalformedEventException">It is of a type that is known and lacks what the type needs.</exception>
    public static IReadOnlyList<ObjectCreated> Read(string type, string source, string id, JsonElement data) => type switch
    {
        OwnType => [Own(source, id, data)],
        AzureType => [Azure(source, id, data)],
        GcsType => [Gcs(source, id, data)],
        _ when type.StartsWith("com.amazonaws.s3.ObjectCreated", StringComparison.Ordinal) || type.StartsWith("com.amazonaws.s3.objectcreated", StringComparison.Ordinal) => [S3(source, id, data)],
        _ => [],
    };

    /// <summary>The objects of a body that is no CloudEvent: records of S3 or MinIO, an EventBridge event, a Pub/Sub push; null if it is none of these.</summary>
    /// <exception cref="MalformedEventException">It is one of these and lacks what it needs.</exception>
    public static IReadOnlyList<ObjectCreated>? ReadPlain(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (body.TryGetProperty("Records", out var records) && records.ValueKind == JsonValueKind.Array)
        {
            return [.. records.EnumerateArray().Where(IsCreation).Select(S3Record)];
        }

        if (body.TryGetProperty("Event", out var test) && test.ValueKind == JsonValueKind.String && test.GetString() == "s3:TestEvent")
        {
            return [];
        }

        if (body.TryGetProperty("detail-type", out var detailType) && body.TryGetProperty("detail", out var detail))
        {
            return detailType.GetString() == EventBridgeType ? [EventBridge(Text(body, "source", "EventBridge event"), Text(body, "id", "EventBridge event"), detail)] : [];
        }

        return body.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object && message.TryGetProperty("attributes", out var attributes)
            ? PubSub(message, attributes)
            : null;
    }

    /// <summary>An Event Grid schema event (not CloudEvents).</summary>
    public static IReadOnlyList<ObjectCreated> ReadEventGrid(JsonElement body)
    {
        const string What = "Event Grid event";
        return Text(body, "eventType", What) == AzureType ? [Azure(Text(body, "topic", What), Text(body, "id", What), Need(body, "data", What))] : [];
    }

    private static ObjectCreated Own(string source, string id, JsonElement data) => new()
    {
        Source = source,
        Id = id,
        Provider = "local",
        Location = Text(data, "location", $"event '{id}': data"),
        ETag = Optional(data, "etag"),
        SizeBytes = Number(data, "size", $"event '{id}': data"),
    };

    private static ObjectCreated Azure(string source, string id, JsonElement data) => new()
    {
        Source = source,
        Id = id,
        Provider = "azure",
        Location = Text(data, "url", $"event '{id}': data"),
        ETag = Optional(data, "eTag"),
        SizeBytes = Number(data, "contentLength", $"event '{id}': data"),
        Sequencer = Optional(data, "sequencer"),
    };

    private static ObjectCreated Gcs(string source, string id, JsonElement data)
    {
        var what = $"event '{id}': data";
        return new()
        {
            Source = source,
            Id = id,
            Provider = "gcs",
            Location = $"gs://{Text(data, "bucket", what)}/{Text(data, "name", what)}",
            ETag = Number(data, "generation", what)?.ToString(CultureInfo.InvariantCulture) ?? Optional(data, "etag"),
            SizeBytes = Number(data, "size", what),
        };
    }

    private static ObjectCreated S3Record(JsonElement record)
    {
        const string What = "S3 record";
        var s3 = Need(record, "s3", What);
        var (bucket, item) = (Need(s3, "bucket", What), Need(s3, "object", What));

        // Keys are form-encoded in records, and raw elsewhere.
        var key = Uri.UnescapeDataString(Text(item, "key", What).Replace('+', ' '));
        var name = Text(bucket, "name", What);
        var version = Optional(item, "versionId") ?? Optional(item, "eTag");
        var sequencer = Optional(item, "sequencer");
        return new()
        {
            Source = Optional(record, "eventSource") ?? "aws:s3",
            Id = $"{name}/{key}@{version}#{sequencer}",
            Provider = "s3",
            Location = $"s3://{name}/{key}",
            ETag = version,
            SizeBytes = Number(item, "size", What),
            Sequencer = sequencer,
        };
    }

    private static ObjectCreated EventBridge(string source, string id, JsonElement detail) => S3(source, id, detail);

    private static ObjectCreated S3(string source, string id, JsonElement detail)
    {
        var what = $"event '{id}': detail";
        // An S3 notification as a CloudEvent holds the record's inner part under "s3".
        var inner = detail.ValueKind == JsonValueKind.Object && detail.TryGetProperty("s3", out var s3) ? s3 : detail;
        var (bucket, item) = (Need(inner, "bucket", what), Need(inner, "object", what));
        return new()
        {
            Source = source,
            Id = id,
            Provider = "s3",
            Location = $"s3://{Text(bucket, "name", what)}/{Text(item, "key", what)}",
            ETag = Optional(item, "version-id") ?? Optional(item, "etag") ?? Optional(item, "eTag"),
            SizeBytes = Number(item, "size", what),
            Sequencer = Optional(item, "sequencer"),
        };
    }

    private static IReadOnlyList<ObjectCreated> PubSub(JsonElement message, JsonElement attributes)
    {
        const string What = "Pub/Sub message";
        if (Optional(attributes, "eventType") != "OBJECT_FINALIZE")
        {
            return [];
        }

        long? size = null;
        string? etag = null;
        if (Optional(message, "data") is { } encoded)
        {
            try
            {
                using var data = JsonDocument.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(encoded)));
                (size, etag) = (Number(data.RootElement, "size", What), Optional(data.RootElement, "etag"));
            }
            catch (Exception fault) when (fault is FormatException or JsonException)
            {
                throw new MalformedEventException("event-data", $"{What}: 'data' is not JSON in Base64 ({fault.Message})", "send the notification's payload format JSON_API_V1", fault);
            }
        }

        return [new()
        {
            Source = Optional(attributes, "notificationConfig") ?? "gcs",
            Id = Text(message, "messageId", What),
            Provider = "gcs",
            Location = $"gs://{Text(attributes, "bucketId", What)}/{Text(attributes, "objectId", What)}",
            ETag = Optional(attributes, "objectGeneration") ?? etag,
            SizeBytes = size,
        }];
    }

    private static bool IsCreation(JsonElement record)
    {
        var name = Optional(record, "eventName") ?? throw new MalformedEventException("event-field-missing", "S3 record: 'eventName' is missing or no text", "send the record as the store wrote it");
        return name.StartsWith("ObjectCreated:", StringComparison.Ordinal) || name.StartsWith("s3:ObjectCreated:", StringComparison.Ordinal);
    }

    private static JsonElement Need(JsonElement element, string name, string what) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : throw new MalformedEventException("event-field-missing", $"{what}: '{name}' is missing", "send the notification as the store wrote it (schemas/events)");

    private static string Text(JsonElement element, string name, string what) =>
        Need(element, name, what) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text
            ? text
            : throw new MalformedEventException("event-field-type", $"{what}: '{name}' must be a text that is not empty", "send the notification as the store wrote it (schemas/events)");

    private static string? Optional(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // Google writes 64-bit numbers as text or as numbers.
    private static long? Number(JsonElement element, string name, string what)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return ((value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number))
            || (value.ValueKind == JsonValueKind.String && long.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out number))) && number >= 0
            ? number
            : throw new MalformedEventException("event-field-type", $"{what}: '{name}' must be a whole number from 0", "send the notification as the store wrote it (schemas/events)");
    }
}
