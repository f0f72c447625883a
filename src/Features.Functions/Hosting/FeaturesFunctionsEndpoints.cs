using Features.Core;
using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Functions.Triggers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Features.Functions.Hosting;

/// <summary>The HTTP doors of the functions.</summary>
public static class FeaturesFunctionsEndpoints
{
    private const string Origin = "WebHook-Request-Origin";

    /// <summary>
    /// Maps <c>POST /events</c> (200 once every object is durably accepted, was so before, or is ignored; 400, 413, 415, 503 with <c>{"error":{code,message,remedy}}</c>),
    /// <c>OPTIONS /events</c> (the web hook handshake), <c>GET /health</c> (the process answers) and <c>GET /ready</c> (the inbox can be read).
    /// </summary>
    public static IEndpointRouteBuilder MapFeaturesFunctions(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/events", PostAsync);
        endpoints.MapMethods("/events", ["OPTIONS"], Handshake);
        endpoints.MapGet("/health", () => Results.Json(new { status = "up" }));
        endpoints.MapGet("/ready", ReadyAsync);
        return endpoints;
    }

    private static async Task<IResult> PostAsync(HttpContext context, EventDoor door, FeaturesFunctionsOptions options, ILogger<EventDoor> log, CancellationToken cancellationToken)
    {
        try
        {
            var body = await ReadBodyAsync(context.Request, options.MaxEventBytes, cancellationToken).ConfigureAwait(false);
            if (body is null)
            {
                return Error(StatusCodes.Status413PayloadTooLarge, "event-too-large", $"the body is larger than {options.MaxEventBytes} bytes", "send fewer events at once");
            }

            var content = EventRequest.Read(context.Request.Headers, context.Request.ContentType, body);
            if (content.ValidationCode is { } code)
            {
                return Results.Json(new { validationResponse = code });
            }

            var answer = await door.AcceptAsync(content.Objects, cancellationToken).ConfigureAwait(false);
            return Results.Json(new { accepted = answer.Accepted.Select(a => new { pipeline = a.Pipeline, sequence = a.Sequence, duplicate = a.Duplicate }), ignored = answer.Ignored });
        }
        catch (MalformedEventException fault)
        {
            return Error(StatusCodes.Status400BadRequest, fault.Code, fault.What, fault.Remedy);
        }
        catch (LocationRefusedException fault)
        {
            return Error(StatusCodes.Status400BadRequest, fault.Code, fault.Message, "announce files of the workspace only");
        }
        catch (UnknownContentTypeException fault)
        {
            return Error(StatusCodes.Status415UnsupportedMediaType, "content-type-unknown", fault.Message, "see schemas/events");
        }
        catch (Exception fault) when (fault is FeaturesException { IsTransient: true } or IOException)
        {
            Log.Busy(log, fault.Message);
            context.Response.Headers.RetryAfter = ((int)options.RetryAfter.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            return Error(StatusCodes.Status503ServiceUnavailable, "busy", fault.Message, "send the event again later");
        }
    }

    // CloudEvents "HTTP 1.1 Web Hooks for Event Delivery", 4: the receiver says who may send, and how much.
    private static IResult Handshake(HttpContext context)
    {
        if (context.Request.Headers[Origin].ToString() is { Length: > 0 } origin)
        {
            context.Response.Headers["WebHook-Allowed-Origin"] = origin;
            context.Response.Headers["WebHook-Allowed-Rate"] = "*";
        }

        context.Response.Headers.Allow = "POST, OPTIONS";
        return Results.Ok();
    }

    private static async Task<IResult> ReadyAsync(IInbox inbox, CancellationToken cancellationToken)
    {
        try
        {
            await inbox.GetIdAsync(cancellationToken).ConfigureAwait(false);
            return Results.Json(new { status = "ready" });
        }
        catch (FeaturesException fault)
        {
            return Error(StatusCodes.Status503ServiceUnavailable, fault.Code, fault.Message, "the host is not ready; see its log");
        }
    }

    // Null if it is too large, whether or not its length was announced.
    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request, long maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            return null;
        }

        using var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (await request.Body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            if (body.Length + read > maxBytes)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static IResult Error(int status, string code, string message, string remedy) => Results.Json(new { error = new { code, message, remedy } }, statusCode: status);
}
