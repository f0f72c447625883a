using System.Net.Http;
using System.Security.Authentication;
using Grpc.Core;

namespace Features.Flight.Client.Http2;

/// <summary>What a failed connection means to whoever wrote the address: where one side speaks TLS and the other does not, or a certificate is refused, it says so.</summary>
internal static class ConnectFault
{
    /// <summary>The fault in the caller's terms; as it came where there is nothing better to say.</summary>
    public static RpcException Explained(Uri location, RpcException fault)
    {
        var address = ServiceAddress.Parse(location);
        var causes = Causes(fault.Status.DebugException).ToList();
        if (causes.OfType<CertificateRefusedException>().FirstOrDefault() is { } refused)
        {
            return With(StatusCode.Unauthenticated, refused.Message);
        }

        return address.Transport switch
        {
            ServiceTransport.Tls when causes.Any(c => c is AuthenticationException) =>
                With(fault.StatusCode, $"what listens at {address.Authority} does not speak TLS as this client does; if it serves clear text, write grpc://{address.Authority}"),
            ServiceTransport.Tcp when causes.Any(IsNoHttp2) =>
                With(fault.StatusCode, $"what listens at {address.Authority} does not speak clear-text HTTP/2; if it has TLS, write grpc+tls://{address.Authority}"),
            _ => fault,
        };

        RpcException With(StatusCode status, string detail) => new(new Status(status, detail, fault));
    }

    private static bool IsNoHttp2(Exception cause) =>
        cause is HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError }
            or HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError };

    private static IEnumerable<Exception> Causes(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            yield return fault;
        }
    }
}
