using System.Globalization;
using System.Text;
using Features.Flight.Client.Hpack;
using Grpc.Core;

namespace Features.Flight.Client.Streams;

/// <summary>What headers and trailers say of a gRPC call (gRPC over HTTP/2, Responses).</summary>
internal sealed class GrpcResponse
{
    private bool hasBegun;

    /// <summary>Takes on headers or trailers.</summary>
    /// <returns>The status once it is known; null after headers that only begin the response.</returns>
    public Status? Headers(IReadOnlyList<Header> headers, bool isEnd)
    {
        if (!hasBegun)
        {
            var code = int.TryParse(Find(headers, ":status"), NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
            if (code is >= 100 and < 200 && !isEnd)
            {
                return null;
            }

            hasBegun = true;
            if (code != 200 || Find(headers, "content-type")?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true)
            {
                return GrpcStatusOf(headers) ?? new Status(CodeOf(code), $"the server answers with HTTP status {code} and the content '{Find(headers, "content-type")}'; is it a Flight service?");
            }

            if (!isEnd)
            {
                return null;
            }
        }
        else if (!isEnd)
        {
            throw new RpcException(new Status(StatusCode.Internal, "the server sends headers in the middle of its response"));
        }

        return GrpcStatusOf(headers) ?? WithoutStatus();
    }

    public static Status WithoutStatus() => new(StatusCode.Internal, "the server ended the response without a status; was it cut off by a proxy?");

    /// <summary>Text that gRPC carries in a header: UTF-8 with percent signs; what is none is left as it is.</summary>
    public static string Unescape(string message)
    {
        var bytes = new List<byte>(message.Length);
        for (var i = 0; i < message.Length; i++)
        {
            if (message[i] == '%' && i + 2 < message.Length && byte.TryParse(message.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                bytes.Add(octet);
                i += 2;
            }
            else
            {
                bytes.Add((byte)message[i]);
            }
        }

        return Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
    }

    private static Status? GrpcStatusOf(IReadOnlyList<Header> headers)
    {
        if (Find(headers, "grpc-status") is not { } text)
        {
            return null;
        }

        var code = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed is >= 0 and <= 16 ? (StatusCode)parsed : StatusCode.Unknown;
        return new Status(code, Unescape(Find(headers, "grpc-message") ?? ""));
    }

    // gRPC's mapping of HTTP statuses, for what a proxy answered in the service's place.
    private static StatusCode CodeOf(int http) => http switch
    {
        400 => StatusCode.Internal,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        429 or 502 or 503 or 504 => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    private static string? Find(IReadOnlyList<Header> headers, string name)
    {
        foreach (var header in headers)
        {
            if (header.Name == name)
            {
                return header.Value;
            }
        }

        return null;
    }
}
