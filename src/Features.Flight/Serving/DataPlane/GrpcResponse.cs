using System.Globalization;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Features.Flight.Serving.DataPlane;

/// <summary>What gRPC wants of a response beside its messages (PROTOCOL-HTTP2 of gRPC, Responses).</summary>
internal static class GrpcResponse
{
    private const string ContentType = "application/grpc";

    // Clients refuse headers beyond 8 KiB, and a character may take nine bytes.
    private const int MaxMessageBytes = 2 << 10;

    /// <summary>Begins a response; false if the request is none of gRPC, which is then answered as HTTP has it.</summary>
    public static async Task<bool> BeginAsync(HttpContext context)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol) && !HttpProtocol.IsHttp3(context.Request.Protocol))
        {
            await RefuseAsync(context, StatusCodes.Status426UpgradeRequired, $"Arrow Flight is spoken over HTTP/2, and this is {context.Request.Protocol}").ConfigureAwait(false);
            return false;
        }

        if (!IsGrpc(context.Request.ContentType))
        {
            await RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, $"the content type is '{context.Request.ContentType}'; Arrow Flight takes {ContentType}").ConfigureAwait(false);
            return false;
        }

        context.Response.ContentType = ContentType;
        return true;
    }

    /// <summary>Ends a response with a status.</summary>
    public static void End(HttpContext context, Status status)
    {
        context.Response.AppendTrailer("grpc-status", ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture));
        if (status.Detail.Length > 0)
        {
            context.Response.AppendTrailer("grpc-message", Escape(status.Detail));
        }
    }

    /// <summary>Percent-encoding: printable ASCII but % stays as it is. What is too long for a header is cut.</summary>
    public static string Escape(string message)
    {
        var text = new StringBuilder(message.Length);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in message.EnumerateRunes())
        {
            if (text.Length > MaxMessageBytes)
            {
                return text.Append("...").ToString();
            }

            if (rune.Value is >= ' ' and <= '~' and not '%')
            {
                text.Append((char)rune.Value);
                continue;
            }

            foreach (var unit in bytes[..rune.EncodeToUtf8(bytes)])
            {
                text.Append('%').Append(unit.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return text.ToString();
    }

    private static bool IsGrpc(string? contentType)
    {
        if (contentType is null || !contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = contentType.AsSpan(ContentType.Length);
        return rest.IsEmpty || rest[0] == ';' || rest.Equals("+proto", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("+proto;", StringComparison.OrdinalIgnoreCase);
    }

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason, context.RequestAborted);
    }
}
