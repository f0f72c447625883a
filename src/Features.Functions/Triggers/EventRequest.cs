using System.Net.Mime;
using System.Text.Json;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;
using Microsoft.AspNetCore.Http;

namespace Features.Functions.Triggers;

/// <summary>Reads the objects out of an HTTP request: CloudEvents 1.0 (structured, binary, batch; "HTTP Protocol Binding"), Event Grid's own schema, or a store's plain JSON.</summary>
internal static class EventRequest
{
    private const string Structured = "application/cloudevents+json";
    private const string Batch = "application/cloudevents-batch+json";
    private const string BinaryMark = "ce-specversion";
    private static readonly JsonEventFormatter Formatter = new();

    /// <summary>The objects, or the answer to Event Grid's handshake.</summary>
    /// <exception cref="MalformedEventException">The body is no event that is known.</exception>
    /// <exception cref="UnknownContentTypeException">The content type is none that is read.</exception>
    public static EventContent Read(IHeaderDictionary headers, string? contentType, ReadOnlyMemory<byte> body)
    {
        var media = MediaTypeOf(contentType);
        try
        {
            return media switch
            {
                Structured => new(OfCloudEvent(Formatter.DecodeStructuredModeMessage(body, new ContentType(contentType!), null)), null),
                Batch => new([.. Formatter.DecodeBatchModeMessage(body, new ContentType(contentType!), null).SelectMany(OfCloudEvent)], null),
                _ when headers.ContainsKey(BinaryMark) => new(OfCloudEvent(Binary(headers, contentType, body)), null),
                "application/json" => Plain(body),
                _ => throw new UnknownContentTypeException(contentType),
            };
        }
        catch (JsonException fault)
        {
            throw new MalformedEventException("event-not-json", $"the body is not JSON ({fault.Message})", "send one JSON document", fault);
        }
        catch (ArgumentException fault)
        {
            throw new MalformedEventException("event-not-cloudevent", $"the body is no CloudEvent 1.0 ({fault.Message})", "send specversion, type, source, id and data", fault);
        }
    }

    private static CloudEvent Binary(IHeaderDictionary headers, string? contentType, ReadOnlyMemory<byte> body)
    {
        var version = CloudEventsSpecVersion.FromVersionId(headers[BinaryMark].ToString())
            ?? throw new MalformedEventException("event-not-cloudevent", $"'{BinaryMark}: {headers[BinaryMark]}' is no version of CloudEvents", "send ce-specversion: 1.0");
        var cloudEvent = new CloudEvent(version);
        foreach (var (name, value) in headers)
        {
            if (name.StartsWith("ce-", StringComparison.OrdinalIgnoreCase) && !name.Equals(BinaryMark, StringComparison.OrdinalIgnoreCase))
            {
                cloudEvent.SetAttributeFromString(name[3..].ToLowerInvariant(), Uri.UnescapeDataString(value.ToString().Trim('"')));
            }
        }

        cloudEvent.DataContentType = contentType;
        Formatter.DecodeBinaryModeEventData(body, cloudEvent);
        return cloudEvent;
    }

    private static IReadOnlyList<ObjectCreated> OfCloudEvent(CloudEvent cloudEvent)
    {
        var missing = cloudEvent.SpecVersion.RequiredAttributes.Where(a => cloudEvent[a] is null).Select(a => a.Name).ToList();
        if (missing.Count > 0)
        {
            throw new MalformedEventException("event-not-cloudevent", $"the event lacks {string.Join(", ", missing)}", "send every required attribute of CloudEvents 1.0");
        }

        return StorageNotifications.Read(cloudEvent.Type!, cloudEvent.Source!.OriginalString, cloudEvent.Id!, cloudEvent.Data as JsonElement? ?? default);
    }

    private static EventContent Plain(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Array)
        {
            var events = root.EnumerateArray().ToList();
            var handshake = events.FirstOrDefault(e => e.ValueKind == JsonValueKind.Object && e.TryGetProperty("eventType", out var type) && type.ValueEquals("Microsoft.EventGrid.SubscriptionValidationEvent"));
            return handshake.ValueKind == JsonValueKind.Object
                ? new([], handshake.GetProperty("data").GetProperty("validationCode").GetString())
                : new([.. events.SelectMany(StorageNotifications.ReadEventGrid)], null);
        }

        return StorageNotifications.ReadPlain(root) is { } objects
            ? new(objects, null)
            : throw new MalformedEventException("event-unknown", "the JSON is neither a CloudEvent nor a store's notification", $"send it as {Structured}, with ce- headers, or as the store writes it");
    }

    private static string? MediaTypeOf(string? contentType)
    {
        try
        {
            return contentType is null ? null : new ContentType(contentType).MediaType.ToLowerInvariant();
        }
        catch (FormatException)
        {
            throw new UnknownContentTypeException(contentType);
        }
    }
}

/// <summary>What a request holds: objects, or the code that Event Grid's handshake wants back.</summary>
internal sealed record EventContent(IReadOnlyList<ObjectCreated> Objects, string? ValidationCode);

/// <summary>The content type is none that is read.</summary>
internal sealed class UnknownContentTypeException(string? contentType)
    : Exception($"the content type '{contentType ?? "(none)"}' is not read; send application/cloudevents+json, application/cloudevents-batch+json, CloudEvents headers, or application/json");
