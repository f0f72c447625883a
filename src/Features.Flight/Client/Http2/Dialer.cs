using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;

namespace Features.Flight.Client.Http2;

/// <summary>Connects to services.</summary>
internal sealed class Dialer(DatasetClientOptions options)
{
    // A peer whose machine is gone is noticed after a minute, whatever the stream's pace.
    private const int KeepAliveSeconds = 30;
    private const int KeepAliveProbes = 3;

    /// <summary>A byte stream to the service, which is ready for HTTP/2.</summary>
    /// <exception cref="RpcException">It cannot be reached (unavailable), or is not who it should be (unauthenticated).</exception>
    public async Task<Stream> ConnectAsync(ServiceAddress address, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.ConnectTimeout, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            var socket = await ConnectSocketAsync(address, either.Token).ConfigureAwait(false);
            return address.Transport == ServiceTransport.Tls
                ? await SecureAsync(new NetworkStream(socket, ownsSocket: true), address.Host, either.Token).ConfigureAwait(false)
                : new SocketStream(socket);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unavailable($"no connection within {options.ConnectTimeout}", null);
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            throw Unavailable(fault.Message, fault);
        }
        catch (AuthenticationException fault)
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, $"TLS could not be agreed on: {fault.InnerException?.Message ?? fault.Message}", fault));
        }
    }

    /// <summary>A socket to the service, which has only been used by blocking calls: once it is used asynchronously, the runtime watches it for good.</summary>
    public static async Task<Socket> ConnectSocketAsync(ServiceAddress address, CancellationToken cancellationToken)
    {
        var socket = address.Path is null ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true } : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            EndPoint endPoint = address.Path is null ? new DnsEndPoint(address.Host.Trim('[', ']'), address.Port) : new UnixDomainSocketEndPoint(address.Path);
            await Task.Run(() => socket.Connect(endPoint), CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (address.Path is null)
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds / KeepAliveProbes);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
            }

            return socket;
        }
        catch
        {
            // Ends the attempt too, if it was given up.
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whom to trust, and that HTTP/2 is spoken.</summary>
    public SslClientAuthenticationOptions Tls(string? host) => new()
    {
        TargetHost = host,
        ApplicationProtocols = [SslApplicationProtocol.Http2],
        RemoteCertificateValidationCallback = (_, _, chain, faults) => CertificateRefusedException.Check(chain, faults),
        CertificateChainPolicy = options.TrustedRoots is not { } roots
            ? null
            : Trusting(roots),
    };

    private static X509ChainPolicy Trusting(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }

    private static RpcException Unavailable(string message, Exception? cause) => new(new Status(StatusCode.Unavailable, message, cause));

    private async Task<Stream> SecureAsync(Stream stream, string host, CancellationToken cancellationToken)
    {
        var secure = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await secure.AuthenticateAsClientAsync(Tls(host), cancellationToken).ConfigureAwait(false);
            return secure.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2
                ? secure
                : throw new RpcException(new Status(StatusCode.Internal, "the server does not speak HTTP/2 over TLS"));
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
