using System.Net;
using System.Text.Json;

namespace Features.Iceberg.Catalogs.Rest;

/// <summary>What the server answered: its status and, if it was JSON, its body.</summary>
internal sealed record RestAnswer(HttpStatusCode Status, JsonElement? Body)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>After these the server may have done what it was asked.</summary>
    public bool IsUnknown => Status is HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>True if the catalog, and not something in front of it, says that a thing is missing.</summary>
    public bool IsMissing => Status == HttpStatusCode.NotFound && Error is not null;

    /// <summary>The kind of error by the specification's error model; null if the server gave none.</summary>
    public string? ErrorType => Text("type");

    /// <summary>The server's words; null if it gave none.</summary>
    public string? Message => Text("message") ?? (Body is { ValueKind: JsonValueKind.Object } oauth && oauth.TryGetProperty("error", out var code) && code.ValueKind == JsonValueKind.String
        ? oauth.TryGetProperty("error_description", out var description) ? $"{code}: {description}" : code.ToString()
        : null);

    private JsonElement? Error => Body is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object ? error : null;

    private string? Text(string name) => Error is { } error && error.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
}
